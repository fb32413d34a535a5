import type { LoginFailures } from "../ports/login-failures.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";

export const loginFailuresDeclaration: CollectionDeclaration = { name: "login_failures", indexes: [expiresAtIndex] };

interface LoginFailureDocument {
  readonly _id: string;
  readonly failures: number;
  readonly last_failed_at: Date;
  readonly expires_at: Date;
}

export function createLoginFailures(database: Database): LoginFailures {
  const documents = database.collection<LoginFailureDocument>(loginFailuresDeclaration.name);

  async function count(subject: string, now: Date, keptUntil: Date): Promise<void> {
    const isRemembered = { $gt: [{ $ifNull: ["$expires_at", new Date(0)] }, now] };
    const update = () =>
      documents.run((collection) =>
        collection.updateOne(
          { _id: subject },
          [
            {
              $set: {
                failures: { $cond: [isRemembered, { $add: ["$failures", 1] }, 1] },
                last_failed_at: now,
                expires_at: keptUntil,
              },
            },
          ],
          { upsert: true },
        ),
      );
    try {
      await update();
    } catch (error) {
      // Two first failures inserted at the same moment; the one that lost finds the document now.
      if (!isDuplicateKey(error)) throw error;
      await update();
    }
  }

  return {
    read: async (subjects, now) => {
      const found = await documents.run((collection) =>
        collection.find({ _id: { $in: [...subjects] }, expires_at: { $gt: now } }).toArray(),
      );
      const bySubject = new Map(found.map((document) => [document._id, document]));
      return subjects.map((subject) => {
        const document = bySubject.get(subject);
        return document === undefined ? null : { failures: document.failures, lastFailedAt: document.last_failed_at };
      });
    },

    record: async ({ subjects, now, keptUntil }) => {
      await Promise.all(subjects.map((subject) => count(subject, now, keptUntil)));
    },

    clear: async (subjects) => {
      await documents.run((collection) => collection.deleteMany({ _id: { $in: [...subjects] } }));
    },
  };
}

import type { Document } from "mongodb";
import { anonymised } from "../domain/user-data.ts";
import type { UserData } from "../ports/user-data.ts";
import type { Database } from "./client.ts";

interface Coverage {
  /**
   * `remove`: goes. `remove_with_bytes`: an operation removes it with what it has outside of the database.
   * `anonymise`: books and logs stay, without their owner.
   */
  readonly erasure: "remove" | "remove_with_bytes" | "anonymise";
  /** The fields that hold an account's id; each begins an index. */
  readonly by: readonly string[];
  /** Name of its file in an export. */
  readonly exportAs?: string;
}

/**
 * What becomes of an account's data, collection by collection: the one place that says it. A collection that is in
 * neither of these two tables fails a test.
 */
export const userDataCoverage: Readonly<Record<string, Coverage>> = {
  conversations: { erasure: "remove", by: ["user_id"], exportAs: "conversations" },
  messages: { erasure: "remove", by: ["user_id"], exportAs: "messages" },
  chatbot_memory: { erasure: "remove", by: ["user_id"], exportAs: "memories" },
  generations: { erasure: "remove", by: ["user_id"], exportAs: "generations" },
  images: { erasure: "remove_with_bytes", by: ["user_id"], exportAs: "images" },
  uploaded_files: { erasure: "remove_with_bytes", by: ["user_id"], exportAs: "files" },
  user_settings: { erasure: "remove", by: ["user_id"], exportAs: "settings" },
  sessions: { erasure: "remove", by: ["user_id"], exportAs: "sessions" },
  api_keys: { erasure: "remove", by: ["user_id"], exportAs: "api_keys" },
  platform_integrations: { erasure: "remove", by: ["user_id"], exportAs: "integrations" },
  projects: { erasure: "remove", by: ["user_id"], exportAs: "projects" },
  oauth_flows: { erasure: "remove", by: ["user_id"] },
  one_time_tokens: { erasure: "remove", by: ["user_id"] },
  idempotency_keys: { erasure: "remove", by: ["user_id"] },
  rate_limit_logs: { erasure: "remove", by: ["user_id"] },
  credit_ledger: { erasure: "anonymise", by: ["user_id"], exportAs: "credits" },
  subscriptions: { erasure: "anonymise", by: ["user_id"], exportAs: "subscriptions" },
  usage_logs: { erasure: "anonymise", by: ["user_id", "resource_id"], exportAs: "usage" },
  audit_logs: { erasure: "anonymise", by: ["actor_id", "target_id"] },
  // Last, so that what was cut off is found again by its account.
  users: { erasure: "remove", by: ["_id"], exportAs: "profile" },
};

/** Collections without anything of a single account. */
export const withoutUserData: readonly string[] = [
  "chat_analytics",
  "erasure_reports",
  "job_locks",
  // Hashes of addresses, for minutes.
  "login_failures",
  "migrations",
  "revoked_shares",
  "storage_reports",
  "webhook_events",
];

const batchSize = 500;

export function createUserData(database: Database): UserData {
  const collection = (name: string) => database.collection<Document & { _id: string }>(name);
  const covered = Object.entries(userDataCoverage);
  const ownedBy = ({ by }: Coverage, userId: string) => by.map((field) => ({ [field]: userId }));

  /** Takes batch after batch until none is left. @returns how many documents */
  async function drain(
    name: string,
    filter: Document,
    take: (batch: readonly (Document & { _id: string })[]) => Promise<void>,
  ): Promise<number> {
    let count = 0;
    for (;;) {
      const batch = await collection(name).run((documents) => documents.find(filter).limit(batchSize).toArray());
      if (batch.length === 0) return count;
      await take(batch);
      count += batch.length;
    }
  }

  const remove = (name: string, filter: Document) =>
    drain(name, filter, async (batch) => {
      const ids = batch.map(({ _id }) => _id);
      await collection(name).run((documents) => documents.deleteMany({ _id: { $in: ids } }));
    });

  const anonymise = (name: string, filter: Document, names: { userId: string; pseudonym: string }) =>
    drain(name, filter, async (batch) => {
      const changes = batch.flatMap((document) => {
        const clean = anonymised(document, names);
        const { _id, ...fields } = clean;
        // The id may have the owner in it, and cannot be changed in place.
        const put = { replaceOne: { filter: { _id }, replacement: fields, upsert: true } };
        return _id === document._id ? [put] : [put, { deleteOne: { filter: { _id: document._id } } }];
      });
      await collection(name).run((documents) => documents.bulkWrite(changes, { ordered: true }));
    });

  async function* read(name: string, filter: Document): AsyncGenerator<Document> {
    const cursor = await collection(name).run(async (documents) => documents.find(filter).batchSize(batchSize));
    try {
      yield* cursor;
    } finally {
      await cursor.close();
    }
  }

  return {
    exported: covered.flatMap(([name, { exportAs, by }]) =>
      exportAs === undefined
        ? []
        : [{ name: exportAs, documents: (userId: string) => read(name, { [by[0] ?? "user_id"]: userId }) }],
    ),

    removeAll: async (userId, { evenWithBytes }) => {
      const counts: Record<string, number> = {};
      for (const [name, coverage] of covered) {
        const goes = coverage.erasure === "remove" || (evenWithBytes && coverage.erasure === "remove_with_bytes");
        if (!goes) continue;
        for (const filter of ownedBy(coverage, userId)) counts[name] = await remove(name, filter);
      }
      return counts;
    },

    anonymiseAll: async (names) => {
      const counts: Record<string, number> = {};
      for (const [name, coverage] of covered) {
        if (coverage.erasure !== "anonymise") continue;
        for (const filter of ownedBy(coverage, names.userId)) {
          counts[name] = (counts[name] ?? 0) + (await anonymise(name, filter, names));
        }
      }
      return counts;
    },

    leftovers: async (userId) => {
      const found = await Promise.all(
        covered.map(async ([name, coverage]) => {
          const left = await Promise.all(
            ownedBy(coverage, userId).map((filter) =>
              collection(name).run((documents) => documents.findOne(filter, { projection: { _id: 1 } })),
            ),
          );
          return left.some((document) => document !== null) ? [name] : [];
        }),
      );
      return found.flat();
    },

    openWork: async (userId) => {
      const [messages, generations] = await Promise.all([
        collection("messages").run((documents) =>
          documents
            .find({ is_open: true, status: "streaming", user_id: userId }, { projection: { _id: 1 } })
            .limit(batchSize)
            .toArray(),
        ),
        collection("generations").run((documents) =>
          documents
            .find({ user_id: userId, status: { $in: ["pending", "processing"] } }, { projection: { _id: 1 } })
            .limit(batchSize)
            .toArray(),
        ),
      ]);
      return { messageIds: messages.map(({ _id }) => _id), generationIds: generations.map(({ _id }) => _id) };
    },
  };
}

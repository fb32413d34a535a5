import type { Database } from "../../../database/client.ts";
import type { Mail, MailService } from "../../../ports/mail.ts";
import type { Clock, Ids, Logger } from "../../../ports/platform.ts";

/** A document of `dev_outbox`, which only a laptop has. Its id sorts by time. */
interface OutboxDocument extends Mail {
  readonly _id: string;
  readonly links: readonly string[];
  readonly created_at: Date;
}

const lastingSeconds = 7 * 86_400;

/** Addresses in a text; the full stop that ends a sentence belongs to the sentence. */
export function linksIn(text: string): string[] {
  return (text.match(/https?:\/\/[^\s<>"]+/g) ?? []).map((link) => link.replace(/[.,;:!?)\]]+$/, ""));
}

/**
 * Mail on a laptop: each message is written to the console and kept in the database, so that every instance of Muse on
 * it shows the same outbox.
 */
export function createLocalMail(dependencies: {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}): MailService {
  const { database, clock, ids, logger } = dependencies;
  const outbox = database.collection<OutboxDocument>("dev_outbox");
  let preparing: Promise<void> | undefined;

  /** No migration knows this collection, so it makes its own indexes; a failure is forgotten. */
  function prepared(): Promise<void> {
    preparing ??= outbox
      .run(async (collection) => {
        await collection.createIndex({ to: 1, _id: -1 });
        await collection.createIndex({ created_at: 1 }, { expireAfterSeconds: lastingSeconds });
      })
      .catch((error: unknown) => {
        preparing = undefined;
        throw error;
      });
    return preparing;
  }

  return {
    mailer: {
      send: async ({ to, subject, text }) => {
        await prepared();
        const document = { _id: ids.next("mail"), to, subject, text, links: linksIn(text), created_at: clock.now() };
        await outbox.run((collection) => collection.insertOne(document));
        logger.info({ to, subject, text }, "mail kept in the outbox");
      },
    },
    outbox: {
      list: async ({ to, limit }) => {
        await prepared();
        const kept = await outbox.run((collection) =>
          collection
            .find(to === undefined ? {} : { to })
            .sort({ _id: -1 })
            .limit(limit)
            .toArray(),
        );
        return kept.map(({ _id, ...mail }) => ({ id: _id, ...mail }));
      },
    },
  };
}

import { createDatabase } from "../../src/database/client.ts";
import { createConversations } from "../../src/database/conversations.ts";
import { createMessages, messagesDeclaration } from "../../src/database/messages.ts";
import { migrate } from "../../src/database/migrations/runner.ts";
import { createSearchIndex } from "../../src/database/search.ts";
import type { Message } from "../../src/domain/message.ts";
import { launchDatabase } from "../../src/local/database/launch.ts";
import { seedScale } from "../../src/local/seed/scale.ts";
import { listMessages } from "../../src/operations/chat/list-messages.ts";
import { search } from "../../src/operations/search/search.ts";
import type { Logger } from "../../src/ports/platform.ts";
import { median, type Report } from "./report.ts";

const rounds = 25;
const historyLimitMs = 200;
const searchLimitMs = 500;
const queries = ["picture", "how", '"the best"', "lighthouse sea", "nothinglikethis"];
const ignore = (): void => undefined;
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

const summary = (what: string, times: readonly number[], allowedMs: number) =>
  `${what}: median ${median(times).toFixed(0)} ms, slowest ${Math.max(...times).toFixed(0)} ms (allowed: ${allowedMs} ms)`;

/** History and search on the data set of a year with 1,000 users: 500,000 messages and more. Takes minutes and 2 GB. */
export async function benchCapacity(): Promise<Report> {
  const server = await launchDatabase({ dataFolder: undefined, environment: process.env });
  const database = createDatabase({ uri: server.uri, databaseName: "muse_capacity", minPoolSize: 2, logger });
  try {
    await migrate(database, { logger });
    await seedScale(database, { onProgress: ignore });
    const samples = await database
      .collection<Message>(messagesDeclaration.name)
      .run((collection) =>
        collection
          .aggregate<Pick<Message, "user_id" | "conversation_id">>([
            { $sample: { size: rounds } },
            { $project: { user_id: 1, conversation_id: 1 } },
          ])
          .toArray(),
      );
    const dependencies = {
      conversations: createConversations(database),
      messages: createMessages(database),
      searchIndex: createSearchIndex(database),
      imageLinks: () => "",
    };
    const history: number[] = [];
    const found: number[] = [];
    for (const [index, { user_id: userId, conversation_id: conversationId }] of samples.entries()) {
      history.push(
        await timed(() =>
          listMessages(dependencies, { userId, conversationId, query: { limit: 100, versions: "active" } }),
        ),
      );
      const q = queries[index % queries.length] ?? "";
      found.push(await timed(() => search(dependencies, { userId, query: { q, scope: "messages", limit: 20 } })));
    }
    return {
      title: "Capacity (1,000 users, 500,000 messages)",
      lines: [summary("history", history, historyLimitMs), summary("search", found, searchLimitMs)],
      isWithin: Math.max(...history) < historyLimitMs && Math.max(...found) < searchLimitMs,
    };
  } finally {
    await database.close();
    await server.stop();
  }
}

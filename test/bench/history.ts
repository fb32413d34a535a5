import { createDatabase } from "../../src/database/client.ts";
import { createConversations } from "../../src/database/conversations.ts";
import { createMessages, messagesDeclaration } from "../../src/database/messages.ts";
import { migrate } from "../../src/database/migrations/runner.ts";
import { newConversation } from "../../src/domain/conversation.ts";
import { type Message, newUserMessage } from "../../src/domain/message.ts";
import { launchDatabase } from "../../src/local/database/launch.ts";
import { listMessages } from "../../src/operations/chat/list-messages.ts";
import { createIds } from "../../src/platform/ids.ts";
import type { Logger } from "../../src/ports/platform.ts";
import { median, type Report, ratioLine } from "./report.ts";

const messageCount = 10_000;
const pageSize = 50;
const rounds = 60;
const ignore = (): void => undefined;
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** A page of a long conversation through the operation, beside one bare indexed `find` of the driver. */
export async function benchHistory(): Promise<Report> {
  const server = await launchDatabase({ dataFolder: undefined, environment: process.env });
  const database = createDatabase({ uri: server.uri, databaseName: "muse_bench", minPoolSize: 2, logger });
  const ids = createIds();
  const owner = { userId: ids.next("user"), conversationId: ids.next("conv") };
  const now = new Date();
  try {
    await migrate(database, { logger });
    const conversations = createConversations(database);
    const messages = createMessages(database);
    await conversations.insert(newConversation({ ...owner, model: "bench", now }));
    const batch = Array.from({ length: messageCount }, (_, index) =>
      newUserMessage({ ...owner, messageId: ids.next("msg"), content: `Message ${index}: the harbour is quiet.`, now }),
    );
    for (let start = 0; start < batch.length; start += 1_000)
      await messages.insertMany(batch.slice(start, start + 1_000));
    const dependencies = { conversations, messages, imageLinks: () => "" };
    const query = { limit: pageSize, versions: "active" as const };
    const bareFind = () =>
      database
        .collection<Message>(messagesDeclaration.name)
        .run((collection) =>
          collection.find({ conversation_id: owner.conversationId }).sort({ _id: 1 }).limit(pageSize).toArray(),
        );
    const own: number[] = [];
    const bare: number[] = [];
    for (let round = -10; round < rounds; round += 1) {
      const bareMs = await timed(bareFind);
      const ownMs = await timed(() => listMessages(dependencies, { ...owner, query }));
      if (round < 0) continue;
      bare.push(bareMs);
      own.push(ownMs);
    }
    return {
      title: "History",
      lines: [
        ratioLine(`${pageSize} of ${messageCount} messages`, median(own), median(bare), "one bare indexed find", 2),
      ],
      isWithin: median(own) <= 2 * median(bare),
    };
  } finally {
    await database.close();
    await server.stop();
  }
}

import { expect, it } from "vitest";
import { createConversations } from "../../../src/database/conversations.ts";
import { createLedger } from "../../../src/database/credit-ledger.ts";
import { createMemories } from "../../../src/database/memories.ts";
import { createMessages } from "../../../src/database/messages.ts";
import { createUserSettings } from "../../../src/database/user-settings.ts";
import { createUsers } from "../../../src/database/users.ts";
import { newConversation } from "../../../src/domain/conversation.ts";
import { newUserMessage } from "../../../src/domain/message.ts";
import { newGuest } from "../../../src/domain/user.ts";
import { completeTurn } from "../../../src/operations/chat/complete-turn.ts";
import { sendMessage } from "../../../src/operations/chat/send-message.ts";
import type { TurnDependencies } from "../../../src/operations/chat/turn.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { createIds } from "../../../src/platform/ids.ts";
import { createTokenizer } from "../../../src/platform/tokenizer.ts";
import type { ChatModel } from "../../../src/ports/providers.ts";
import { countRoundTrips } from "../../support/round-trips.ts";
import { silentLogger, useDatabase } from "../database/support.ts";

const context = useDatabase();

const model: ChatModel = {
  id: "fake",
  provider: "fake",
  providerModel: "fake",
  contextWindow: 32_768,
  maxOutputTokens: 4_096,
  promptMicroUsdPerMillionTokens: 0,
  completionMicroUsdPerMillionTokens: 0,
  supportsImages: false,
  supportsTools: false,
};

async function turnOf(content: string): Promise<{ roundTrips: number }> {
  const { database } = context();
  const counter = countRoundTrips(database);
  const ids = createIds();
  const userId = ids.next("user");
  const conversationId = ids.next("conv");
  const now = systemClock.now();
  await createUsers(database).insert(newGuest({ userId, now }));
  await createConversations(database).insert(newConversation({ conversationId, userId, model: "fake", now }));
  await createMessages(database).insertMany([
    newUserMessage({ messageId: ids.next("msg"), conversationId, userId, content: "Said before", now }),
  ]);
  let roundTrips = -1;
  const dependencies = {
    users: createUsers(counter.database),
    ledger: createLedger(counter.database),
    conversations: createConversations(counter.database),
    messages: createMessages(counter.database),
    memories: createMemories(counter.database),
    userSettings: createUserSettings(counter.database),
    providers: async () => ({
      chatModels: [model],
      imageModels: [],
      requireAvailable: () => undefined,
      imageProvider: () => Promise.reject(new Error("none")),
      chatProvider: async () => ({
        name: "fake",
        async *stream() {
          roundTrips = counter.count();
          yield { type: "text" as const, text: "Hello" };
          yield { type: "finish" as const, reason: "stop" as const };
        },
      }),
    }),
    tokenizer: createTokenizer(),
    tools: async () => [],
    imageLinks: () => "",
    runningTurns: new Map(),
    clock: systemClock,
    ids,
    logger: silentLogger,
  } as unknown as TurnDependencies;
  const turn = await sendMessage(dependencies, {
    userId,
    conversationId,
    body: { content, images: [], files: [], stream: false },
  });
  await completeTurn(dependencies, { userId, turn });
  return { roundTrips };
}

it("waits for the database twice before the provider is called: for all it has to know, and to store the message", async () => {
  expect(await turnOf("Hello")).toEqual({ roundTrips: 2 });
});

it("waits once more when the prompt costs more than the first credit", async () => {
  expect(await turnOf("word ".repeat(3_000))).toEqual({ roundTrips: 3 });
});

import { hash } from "bcrypt";
import { monotonicFactory } from "ulid";
import type { Database } from "../../database/client.ts";
import { createConversations } from "../../database/conversations.ts";
import { createCreditAccounts } from "../../database/credit-accounts.ts";
import { createLedger } from "../../database/credit-ledger.ts";
import { createMessages } from "../../database/messages.ts";
import { createUsers } from "../../database/users.ts";
import { newConversation, titleFrom } from "../../domain/conversation.ts";
import { accountGrant } from "../../domain/ledger.ts";
import { type Message, newStreamingAnswer, newUserMessage } from "../../domain/message.ts";
import { newEmailUser, type User } from "../../domain/user.ts";
import { bookEntry } from "../../operations/billing/move-credits.ts";
import { simulatedChatModel } from "../simulated/chat/chat-provider.ts";

/** Known to everybody, and so only for a database on a laptop. */
export const demoPassword = "a-demo-for-everyone";

const model = simulatedChatModel.id;
const minuteMs = 60_000;
const dayMs = 86_400_000;

interface DemoUser {
  readonly username: string;
  readonly fullName: string;
  /** One conversation each, oldest first: questions and answers in turn. */
  readonly conversations: readonly (readonly (readonly [question: string, answer: string])[])[];
}

const demoUsers: readonly DemoUser[] = [
  {
    username: "ada",
    fullName: "Ada Demo",
    conversations: [
      [
        [
          "Which colours make a winter landscape feel calm?",
          "Muted blues and greys with one warm accent, such as a lit window.",
        ],
        ["And for a stormy one?", "Deep slate and green, with hard white highlights where the waves break."],
      ],
      [
        [
          "Write a haiku about a lighthouse.",
          "Salt wind, patient light:\nthe dark sea counts to seven\nand is seen again.",
        ],
      ],
    ],
  },
  {
    username: "grace",
    fullName: "Grace Demo",
    conversations: [
      [
        [
          "Explain in two sentences what a message queue is for.",
          "It lets one part of a system hand work to another without waiting for it. Work that fails stays in the queue and is tried again.",
        ],
      ],
    ],
  },
  { username: "alan", fullName: "Alan Demo", conversations: [] },
];

/** The two messages of a finished turn. */
function turn(input: {
  ids: { question: string; answer: string };
  conversationId: string;
  userId: string;
  texts: readonly [question: string, answer: string];
  now: Date;
}): readonly Message[] {
  const { conversationId, userId, now } = input;
  const [question, answer] = input.texts;
  const {
    is_open: _open,
    heartbeat_at: _heartbeat,
    ...blank
  } = newStreamingAnswer({
    messageId: input.ids.answer,
    conversationId,
    userId,
    now,
    previousMessageId: input.ids.question,
    model,
  });
  return [
    newUserMessage({ messageId: input.ids.question, conversationId, userId, now, content: question }),
    {
      ...blank,
      status: "complete",
      content: answer,
      text: answer,
      metadata: { model, finish_reason: "stop" },
    },
  ];
}

/**
 * Adds a few accounts with conversations. An account that is there already stays as it is.
 * @returns the e-mail addresses that were added
 */
export async function seedDemo(database: Database, input: { now: Date }): Promise<readonly string[]> {
  const users = createUsers(database);
  const conversations = createConversations(database);
  const messages = createMessages(database);
  const nextUlid = monotonicFactory();
  // 12 rounds, as for every account.
  const hashedPassword = await hash(demoPassword, 12);
  const added: string[] = [];

  const addConversation = async (user: User, texts: readonly (readonly [string, string])[], startedAt: Date) => {
    const first = texts[0];
    if (first === undefined) return;
    const conversationId = `conv_${nextUlid(startedAt.getTime())}`;
    const turns = texts.map((pair, index) => {
      const now = new Date(startedAt.getTime() + index * minuteMs);
      const ids = { question: `msg_${nextUlid(now.getTime())}`, answer: `msg_${nextUlid(now.getTime())}` };
      return { ids, conversationId, userId: user._id, texts: pair, now };
    });
    await conversations.insert(
      newConversation({ conversationId, userId: user._id, title: titleFrom(first[0]), model, now: startedAt }),
    );
    await messages.insertMany(turns.flatMap(turn));
    for (const { ids, now } of turns) {
      await conversations.addTurn({ conversationId, turnId: ids.answer, messages: 2, tokens: 0, costUsd: 0, now });
    }
  };

  for (const [index, demo] of demoUsers.entries()) {
    const email = `${demo.username}@example.com`;
    const joinedAt = new Date(input.now.getTime() - (demoUsers.length - index) * dayMs);
    const user = newEmailUser({
      userId: `user_${nextUlid(joinedAt.getTime())}`,
      email,
      username: demo.username,
      fullName: demo.fullName,
      hashedPassword,
      now: joinedAt,
    });
    if ((await users.insert(user)) !== "inserted") continue;
    await bookEntry(
      { ledger: createLedger(database), creditAccounts: createCreditAccounts(database) },
      accountGrant({ userId: user._id, amountCredits: user.credits_granted, now: joinedAt }),
    );
    for (const [place, texts] of demo.conversations.entries()) {
      await addConversation(user, texts, new Date(joinedAt.getTime() + (place + 1) * 30 * minuteMs));
    }
    added.push(email);
  }
  return added;
}

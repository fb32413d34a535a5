import { beforeAll, describe, expect, it } from "vitest";
import { createConversations } from "../../../src/database/conversations.ts";
import { createGallery } from "../../../src/database/gallery.ts";
import { createMessages } from "../../../src/database/messages.ts";
import { newConversation } from "../../../src/domain/conversation.ts";
import { newUserMessage } from "../../../src/domain/message.ts";
import { exportConversation } from "../../../src/operations/chat/export-conversation.ts";
import { at, newId, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const conversationId = newId("conv");
const count = 10_000;
const texts = times(count, (index) => `message number ${index}, ${"and some more words ".repeat(10)}`);

function services() {
  const { database } = context();
  return {
    conversations: createConversations(database),
    messages: createMessages(database),
    gallery: createGallery(context().database),
    imageLinks: (imageId: string) => `https://muse.example/${imageId}`,
  };
}

beforeAll(async () => {
  const { conversations, messages } = services();
  await conversations.insert(newConversation({ conversationId, userId: "user_a", model: "m", now: start }));
  for (let from = 0; from < count; from += 2_500) {
    await messages.insertMany(
      texts.slice(from, from + 2_500).map((content, index) => ({
        ...newUserMessage({
          messageId: newId("msg"),
          conversationId,
          userId: "user_a",
          previousMessageId: null,
          now: at(from + index),
          content,
        }),
        superseded: (from + index) % 10 === 9,
      })),
    );
  }
});

async function exported(format: "json" | "markdown") {
  context().sent.splice(0);
  const file = await exportConversation(services(), { userId: "user_a", conversationId, format });
  const chunks: string[] = [];
  for await (const chunk of file.chunks) chunks.push(chunk);
  const reads = context().sent.filter(({ name, command }) => name === "find" && command.find === "messages");
  return { chunks, reads };
}

describe("the export of 10,000 messages", () => {
  it("as JSON is whole, in order, and made of pages", async () => {
    const { chunks, reads } = await exported("json");
    const { messages } = JSON.parse(chunks.join(""));
    expect(messages.map(({ content }: { content: string }) => content)).toEqual(texts);
    expect(reads).toHaveLength(50);
    expect(reads.every(({ command }) => command.limit <= 201)).toBe(true);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThan(chunks.join("").length / 40);
  });

  it("as Markdown has the active path", async () => {
    const { chunks, reads } = await exported("markdown");
    expect(chunks.join("").match(/^## User$/gm)).toHaveLength(9_000);
    expect(reads).toHaveLength(45);
  });

  it("reads no further than its reader does", async () => {
    context().sent.splice(0);
    const file = await exportConversation(services(), { userId: "user_a", conversationId, format: "json" });
    const iterator = file.chunks[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    await iterator.return?.();
    expect(context().sent.filter(({ command }) => command.find === "messages")).toHaveLength(1);
  });
});

import { contentMarkdown, markdownLink } from "../../domain/content-markdown.ts";
import { partImageIds } from "../../domain/content-part.ts";
import type { Conversation } from "../../domain/conversation.ts";
import { attachmentNamed } from "../../domain/file-name.ts";
import { inertMarkdown, plainInMarkdown } from "../../domain/inert-markdown.ts";
import type { Message } from "../../domain/message.ts";
import type { Conversations } from "../../ports/conversations.ts";
import type { Page } from "../../ports/database.ts";
import type { Gallery } from "../../ports/gallery.ts";
import type { Messages } from "../../ports/messages.ts";
import { type ConversationJson, conversationSchema, messageSchema } from "../../schemas/chat.ts";
import type { ExportFormat } from "../../schemas/export.ts";
import type { ImageLinks } from "../images/image-links.ts";
import { requireConversation, showConversation } from "./conversations.ts";
import { toMessageJson } from "./message-json.ts";

interface Dependencies {
  readonly conversations: Conversations;
  readonly gallery: Pick<Gallery, "countByConversation">;
  readonly messages: Messages;
  readonly imageLinks: ImageLinks;
}

interface ExportedFile {
  readonly mimeType: string;
  readonly contentDisposition: string;
  /** The file's text, a page of messages at a time. */
  readonly chunks: AsyncIterable<string>;
}

/** Messages in memory at a time. */
const pageSize = 200;

/**
 * A conversation as a file: as JSON all of it as the API shows it, every version included; as Markdown the active path,
 * to be read. Long ones are read and sent in pages; the first is read before this returns.
 * @throws AppError `not_found`, `forbidden`
 */
export async function exportConversation(
  dependencies: Dependencies,
  input: { userId: string; conversationId: string; format: ExportFormat },
): Promise<ExportedFile> {
  const { imageLinks } = dependencies;
  const isJson = input.format === "json";
  const conversation = await requireConversation(dependencies, input);
  const readPage = (afterId: string | undefined) =>
    dependencies.messages.list({
      userId: input.userId,
      conversationId: input.conversationId,
      includeSuperseded: isJson,
      afterId,
      limit: pageSize,
    });
  const pages = pagesFrom(await readPage(undefined), readPage);
  return {
    mimeType: isJson ? "application/json; charset=utf-8" : "text/markdown; charset=utf-8",
    contentDisposition: attachmentNamed(conversation.title, "conversation", isJson ? "json" : "md"),
    chunks: isJson
      ? jsonChunks(await showConversation(dependencies, conversation), pages, imageLinks)
      : markdownChunks(conversation, pages, imageLinks),
  };
}

async function* pagesFrom(
  first: Page<Message>,
  readPage: (afterId: string | undefined) => Promise<Page<Message>>,
): AsyncGenerator<readonly Message[]> {
  let page = first;
  yield page.items;
  while (page.hasMore) {
    page = await readPage(page.items.at(-1)?._id);
    yield page.items;
  }
}

async function* jsonChunks(
  conversation: ConversationJson,
  pages: AsyncIterable<readonly Message[]>,
  links: ImageLinks,
): AsyncGenerator<string> {
  yield `{"conversation":${JSON.stringify(conversationSchema.parse(conversation))},"messages":[`;
  let separator = "\n";
  for await (const page of pages) {
    let text = "";
    for (const message of page) {
      text += separator + JSON.stringify(messageSchema.parse(toMessageJson(message, links)));
      separator = ",\n";
    }
    if (text !== "") yield text;
  }
  yield "\n]}\n";
}

const headings: Readonly<Record<Message["role"], string>> = {
  user: "User",
  assistant: "Assistant",
  system: "System",
  function: "Tool",
};

async function* markdownChunks(
  conversation: Conversation,
  pages: AsyncIterable<readonly Message[]>,
  links: ImageLinks,
): AsyncGenerator<string> {
  yield `# ${plainInMarkdown(conversation.title)}\n\n${plainInMarkdown(conversation.model)}, ${conversation.created_at.toISOString()}\n`;
  for await (const page of pages) {
    const text = page.map((message) => markdownOf(message, links)).join("");
    if (text !== "") yield text;
  }
}

function markdownOf(message: Message, links: ImageLinks): string {
  const inParts = new Set(message.parts === undefined ? [] : partImageIds(message.parts));
  const url = (imageId: string) =>
    message.images.some(({ image_id }) => image_id === imageId) ? links(imageId, "original") : undefined;
  const content =
    message.parts === undefined
      ? inertMarkdown(message.content).replace(/^\n+|\n+$/g, "")
      : contentMarkdown(message.parts, url);
  const pictures = message.images
    .filter(({ image_id }) => !inParts.has(image_id))
    .map(({ image_id, caption }, index) => {
      const label = `Picture ${index + 1}${caption === null || caption === "" ? "" : `: ${caption}`}`;
      return markdownLink(label, links(image_id, "original"));
    });
  const blocks = [content, ...pictures].filter((block) => block.trim() !== "");
  return blocks.length === 0 ? "" : `\n## ${headings[message.role]}\n\n${blocks.join("\n\n")}\n`;
}

import { plainText } from "../domain/content-part.ts";
import type { MessageJson } from "./api-types.ts";

/** The words of a message's content, as Markdown. */
export function wordsOf(content: MessageJson["content"]): string {
  return typeof content === "string" ? content : plainText(content);
}

import * as api from "./api.ts";
import type { ConversationJson } from "./api-types.ts";
import { element } from "./dom.ts";
import { explainFailure } from "./features.ts";

const endings = { json: "json", markdown: "md" } as const;

/** A name that every file system takes. */
export function fileNameFrom(title: string, ending: string): string {
  const words = title
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
  return `${words === "" ? "conversation" : words}.${ending}`;
}

/** Gives bytes to the person as a file. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  // The browser takes hold of the file before the next task; a minute is more than generous.
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Gives a conversation to the person as a file. */
export async function downloadConversation(
  conversation: ConversationJson,
  format: keyof typeof endings,
): Promise<void> {
  try {
    const response = await api.exportConversation(conversation.id, format);
    saveBlob(await response.blob(), fileNameFrom(conversation.title, endings[format]));
  } catch (error) {
    explainFailure(error, "sharing", true);
  }
}

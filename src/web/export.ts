import * as api from "./api.ts";
import type { ConversationJson } from "./api-types.ts";
import { element } from "./dom.ts";
import { explainFailure } from "./features.ts";
import { fileNameFrom } from "./file-name.ts";

const endings = { json: "json", markdown: "md" } as const;

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

import type { ConversationJson } from "./api-types.ts";
import { moveConversation, removeConversation } from "./conversations.ts";
import { downloadConversation } from "./export.ts";
import { type MenuItem, openMenu } from "./menu.ts";
import { openThread } from "./router.ts";
import { openShare } from "./share-dialog.ts";
import { store } from "./state.ts";

async function remove(conversation: ConversationJson): Promise<void> {
  const wasOpen = store.get().current === conversation.id;
  if (wasOpen) openThread(store.get().draft);
  const isDone = await removeConversation(conversation, () => openThread(conversation.id));
  if (!isDone && wasOpen) openThread(conversation.id);
}

/** What can be done with one conversation. */
export function openConversationMenu(anchor: HTMLElement, conversation: ConversationJson, rename: () => void): void {
  const isArchived = conversation.status === "archived";
  const hasSharing = !store.get().missing.includes("sharing");
  const sharing: readonly MenuItem[] = [
    { label: "Share…", icon: "share", run: () => openShare(conversation) },
    {
      label: "Save as Markdown",
      icon: "download",
      isFirstOfGroup: true,
      run: () => void downloadConversation(conversation, "markdown"),
    },
    { label: "Save as JSON", icon: "download", run: () => void downloadConversation(conversation, "json") },
  ];
  const items: readonly MenuItem[] = [
    { label: "Rename", icon: "pen", run: rename },
    ...(hasSharing ? sharing : []),
    isArchived
      ? {
          label: "Take out of the archive",
          icon: "unarchive",
          isFirstOfGroup: true,
          run: () => void moveConversation(conversation, "active"),
        }
      : {
          label: "Archive",
          icon: "archive",
          isFirstOfGroup: true,
          run: () => void moveConversation(conversation, "archived"),
        },
    { label: "Delete", icon: "trash", isDangerous: true, run: () => void remove(conversation) },
  ];
  openMenu(anchor, `Conversation “${conversation.title}”`, items);
}

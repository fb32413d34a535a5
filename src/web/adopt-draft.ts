import type { ConversationJson } from "./api-types.ts";
import { rememberConversation } from "./conversations.ts";
import { newDraftId, store, threadOf } from "./state.ts";

/** A draft became a conversation: its thread goes on under the conversation's id, on screen if it was. */
export function adoptDraft(draftId: string, conversation: ConversationJson): void {
  rememberConversation(conversation);
  const state = store.get();
  const { [draftId]: thread, ...others } = state.threads;
  const { [draftId]: waiting = [], ...attachments } = state.attachments;
  store.set({
    threads: { ...others, [conversation.id]: { ...threadOf(state, draftId), ...thread, id: conversation.id } },
    attachments: { ...attachments, [conversation.id]: waiting },
    current: state.current === draftId ? conversation.id : state.current,
    draft: state.draft === draftId ? newDraftId() : state.draft,
  });
}

import type { Conversation } from "../domain/conversation.ts";
import type { Image } from "../domain/image.ts";
import type { MessageRole } from "../domain/message.ts";
import type { SearchQuery } from "../domain/search.ts";

/** A message that may be a result. The texts are the beginnings only: enough to rank by. */
export interface FoundMessage {
  readonly _id: string;
  readonly conversation_id: string;
  readonly role: MessageRole;
  readonly text: string;
  readonly prompt: string;
  readonly created_at: Date;
}

export type FoundConversation = Pick<
  Conversation,
  "_id" | "title" | "status" | "total_messages" | "last_message_at" | "created_at"
>;

interface Wanted {
  readonly userId: string;
  readonly query: SearchQuery;
}

/** Finds what may answer a search, in bounded numbers and always of one user; ranking is the operation's. */
export interface SearchIndex {
  /** Conversations that are not deleted, newest activity first, at most `limit`. */
  listConversations(input: { userId: string; limit: number }): Promise<readonly FoundConversation[]>;
  /** Of the given ids those of this user that are not deleted. */
  findConversations(input: {
    userId: string;
    conversationIds: readonly string[];
  }): Promise<readonly FoundConversation[]>;
  /** Conversations whose title has any of the terms, newest activity first. */
  matchTitles(input: Wanted & { limit: number }): Promise<readonly FoundConversation[]>;
  /** Messages in these conversations, newest first: with `mode: "all"` those that have every term, else any. */
  matchMessages(
    input: Wanted & { conversationIds: readonly string[]; mode: "all" | "any"; limit: number },
  ): Promise<readonly FoundMessage[]>;
  /** Messages in any of the user's conversations, by the text index: whole words only, in no particular order. */
  matchMessagesByIndex(input: Wanted & { limit: number }): Promise<readonly FoundMessage[]>;
  /** The whole texts of some messages. */
  readTexts(input: { userId: string; messageIds: readonly string[] }): Promise<readonly FoundMessage[]>;
  /** Pictures whose prompt, caption or tags have any of the terms, newest first. */
  matchImages(input: Wanted & { mode: "all" | "any"; limit: number }): Promise<readonly Image[]>;
  /** Which conversation shows which generation's pictures; generations without one are left out. */
  conversationsOfGenerations(input: {
    userId: string;
    generationIds: readonly string[];
  }): Promise<ReadonlyMap<string, string>>;
}

import { highlight, type SearchQuery, scoreOf } from "../../domain/search.ts";
import type { FoundConversation, FoundMessage, SearchIndex } from "../../ports/search.ts";
import type { SearchResultJson } from "../../schemas/search.ts";
import { conversationSummary, highlightsOf, mostCandidates, type Ranked } from "./ranking.ts";

/**
 * So many of an account's newest conversations, and messages in them, are read through by every search: a few tens of
 * milliseconds. What a larger account has beyond them comes from the text index.
 */
const scannedConversations = 1_000;
const scannedMessages = 20_000;

/** The newest conversations that fit the budget, and whether there are more. */
function withinBudget(conversations: readonly FoundConversation[]): { ids: string[]; hasMore: boolean } {
  const ids: string[] = [];
  let budget = scannedMessages;
  for (const conversation of conversations) {
    if (budget <= 0) return { ids, hasMore: true };
    ids.push(conversation._id);
    budget -= Math.max(1, conversation.total_messages);
  }
  return { ids, hasMore: conversations.length === scannedConversations };
}

/** @returns every candidate once, with its conversation; without those whose conversation is deleted */
async function candidates(
  searchIndex: SearchIndex,
  search: { userId: string; query: SearchQuery },
): Promise<readonly { message: FoundMessage; conversation: FoundConversation }[]> {
  const known = await searchIndex.listConversations({ userId: search.userId, limit: scannedConversations });
  const { ids, hasMore } = withinBudget(known);
  const scan = { ...search, conversationIds: ids, limit: mostCandidates };
  const [any, all, older] = await Promise.all([
    searchIndex.matchMessages({ ...scan, mode: "any" }),
    // What has every term must not be crowded out by newer messages that have one frequent word.
    search.query.wanted.length > 1 ? searchIndex.matchMessages({ ...scan, mode: "all" }) : [],
    hasMore ? searchIndex.matchMessagesByIndex({ ...search, limit: mostCandidates }) : [],
  ]);
  const found = new Map([...any, ...all, ...older].map((message) => [message._id, message]));
  const conversations = new Map(known.map((conversation) => [conversation._id, conversation]));
  const unknown = new Set(
    [...found.values()].map(({ conversation_id: id }) => id).filter((id) => !conversations.has(id)),
  );
  const others = await searchIndex.findConversations({ userId: search.userId, conversationIds: [...unknown] });
  for (const conversation of others) conversations.set(conversation._id, conversation);
  return [...found.values()].flatMap((message) => {
    const conversation = conversations.get(message.conversation_id);
    return conversation === undefined ? [] : [{ message, conversation }];
  });
}

/** A picture's message repeats its prompt as text: it is one text then. */
function promptOf({ text, prompt }: FoundMessage): string {
  return prompt === text ? "" : prompt;
}

export async function searchMessages(
  { searchIndex }: { searchIndex: SearchIndex },
  search: { userId: string; query: SearchQuery },
): Promise<Ranked> {
  const found = await candidates(searchIndex, search);
  const conversations = new Map(found.map(({ message, conversation }) => [message._id, conversation]));
  return {
    ranked: found.map(({ message }) => ({
      id: message._id,
      score: scoreOf(search.query, [
        { text: message.text, weight: 1 },
        { text: promptOf(message), weight: 0.8 },
      ]),
    })),
    show: async (page) => {
      const whole = await searchIndex.readTexts({ userId: search.userId, messageIds: page.map(({ id }) => id) });
      const byId = new Map(whole.map((message) => [message._id, message]));
      return page.flatMap(({ id, score }): SearchResultJson[] => {
        const [message, conversation] = [byId.get(id), conversations.get(id)];
        if (message === undefined || conversation === undefined) return [];
        return [
          {
            message: { id, role: message.role, created_at: message.created_at.toISOString() },
            conversation: conversationSummary(conversation),
            highlights: highlightsOf([
              highlight(search.query, "content", message.text),
              highlight(search.query, "prompt", promptOf(message)),
            ]),
            score,
          },
        ];
      });
    },
  };
}

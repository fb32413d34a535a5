import { decodeSearchCursor, encodeSearchCursor, parseSearchQuery } from "../../domain/search.ts";
import type { SearchIndex } from "../../ports/search.ts";
import type { Search, SearchResultJson } from "../../schemas/search.ts";
import type { ImageLinks } from "../images/image-links.ts";
import { pageOfRanked } from "./ranking.ts";
import { searchConversations } from "./search-conversations.ts";
import { searchImages } from "./search-images.ts";
import { searchMessages } from "./search-messages.ts";

/**
 * Finds in one's own messages, titles or pictures, best first. Deleted conversations and what is off the active path
 * are not found. A query without anything to look for finds nothing.
 * @throws AppError `validation_failed` for a cursor that is none
 */
export async function search(
  dependencies: { searchIndex: SearchIndex; imageLinks: ImageLinks },
  input: { userId: string; query: Search },
): Promise<{ data: SearchResultJson[]; next_cursor: string | null }> {
  const { q, scope, limit, cursor } = input.query;
  const after = decodeSearchCursor(cursor);
  const query = parseSearchQuery(q);
  if (query.wanted.length === 0) return { data: [], next_cursor: null };
  const search = { userId: input.userId, query };
  const { ranked, show } = await {
    messages: () => searchMessages(dependencies, search),
    conversations: () => searchConversations(dependencies, search),
    images: () => searchImages(dependencies, search),
  }[scope]();
  const { items, next } = pageOfRanked(ranked, after, limit);
  return { data: await show(items), next_cursor: next === null ? null : encodeSearchCursor(next) };
}

import { highlight, type SearchQuery, scoreOf } from "../../domain/search.ts";
import type { SearchIndex } from "../../ports/search.ts";
import type { SearchResultJson } from "../../schemas/search.ts";
import { conversationSummary, highlightsOf, mostCandidates, type Ranked } from "./ranking.ts";

export async function searchConversations(
  { searchIndex }: { searchIndex: SearchIndex },
  search: { userId: string; query: SearchQuery },
): Promise<Ranked> {
  const found = await searchIndex.matchTitles({ ...search, limit: mostCandidates });
  const byId = new Map(found.map((conversation) => [conversation._id, conversation]));
  return {
    ranked: found.map(({ _id: id, title }) => ({ id, score: scoreOf(search.query, [{ text: title, weight: 1 }]) })),
    show: async (page) =>
      page.flatMap(({ id, score }): SearchResultJson[] => {
        const conversation = byId.get(id);
        if (conversation === undefined) return [];
        return [
          {
            conversation: conversationSummary(conversation),
            highlights: highlightsOf([highlight(search.query, "title", conversation.title)]),
            score,
          },
        ];
      }),
  };
}

import { compareRanked, type Highlight, type SearchPosition } from "../../domain/search.ts";
import type { FoundConversation } from "../../ports/search.ts";
import type { SearchResultJson } from "../../schemas/search.ts";

/** At most so many documents are ranked for a search; they are the newest that match. */
export const mostCandidates = 1_000;

/** What a scope found, before paging: everything with its rank, and how a page of it is shown. */
export interface Ranked {
  readonly ranked: readonly SearchPosition[];
  show(page: readonly SearchPosition[]): Promise<SearchResultJson[]>;
}

/** The next `limit` behind `after`, best first, and where the page ends if more follow. */
export function pageOfRanked(
  ranked: readonly SearchPosition[],
  after: SearchPosition | undefined,
  limit: number,
): { items: readonly SearchPosition[]; next: SearchPosition | null } {
  const rest = ranked.filter((one) => after === undefined || compareRanked(after, one) < 0).sort(compareRanked);
  const items = rest.slice(0, limit);
  return { items, next: rest.length > limit ? (items.at(-1) ?? null) : null };
}

export function conversationSummary(conversation: FoundConversation): NonNullable<SearchResultJson["conversation"]> {
  return {
    id: conversation._id,
    title: conversation.title,
    status: conversation.status,
    last_message_at: conversation.last_message_at.toISOString(),
  };
}

/** Highlights as JSON; fields that have no match drop out. */
export function highlightsOf(highlights: readonly (Highlight | null)[]): SearchResultJson["highlights"] {
  return highlights.flatMap((found) =>
    found === null
      ? []
      : [
          {
            field: found.field as SearchResultJson["highlights"][number]["field"],
            snippet: found.snippet,
            matches: found.matches.map((match) => ({ ...match })),
          },
        ],
  );
}

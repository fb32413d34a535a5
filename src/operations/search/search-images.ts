import type { Image } from "../../domain/image.ts";
import { highlight, type SearchQuery, scoreOf } from "../../domain/search.ts";
import type { FoundConversation, SearchIndex } from "../../ports/search.ts";
import type { SearchResultJson } from "../../schemas/search.ts";
import { toImageJson } from "../images/image-json.ts";
import type { ImageLinks } from "../images/image-links.ts";
import { conversationSummary, highlightsOf, mostCandidates, type Ranked } from "./ranking.ts";

interface FoundImage {
  readonly image: Image;
  readonly conversation: FoundConversation | null;
}

function tagsOf(image: Image): string {
  return image.tags.join(", ");
}

/** Pictures with the conversation that shows them; those of deleted conversations drop out. */
async function withConversations(
  searchIndex: SearchIndex,
  userId: string,
  images: readonly Image[],
): Promise<readonly FoundImage[]> {
  // A generation that was asked for without a conversation got one when it was done.
  const unplaced = images.filter((image) => image.conversation_id === undefined);
  const generationIds = new Set(unplaced.flatMap(({ generation_id: id }) => (id === undefined ? [] : [id])));
  const made = await searchIndex.conversationsOfGenerations({ userId, generationIds: [...generationIds] });
  const placeOf = (image: Image) => image.conversation_id ?? made.get(image.generation_id ?? "");
  const places = new Set(images.map(placeOf).filter((id) => id !== undefined));
  const seen = await searchIndex.findConversations({ userId, conversationIds: [...places] });
  const byId = new Map(seen.map((conversation) => [conversation._id, conversation]));
  return images.flatMap((image): FoundImage[] => {
    const place = placeOf(image);
    if (place === undefined) return [{ image, conversation: null }];
    const conversation = byId.get(place);
    return conversation === undefined ? [] : [{ image, conversation }];
  });
}

export async function searchImages(
  { searchIndex, imageLinks }: { searchIndex: SearchIndex; imageLinks: ImageLinks },
  search: { userId: string; query: SearchQuery },
): Promise<Ranked> {
  const [any, all] = await Promise.all([
    searchIndex.matchImages({ ...search, mode: "any", limit: mostCandidates }),
    search.query.wanted.length > 1 ? searchIndex.matchImages({ ...search, mode: "all", limit: mostCandidates }) : [],
  ]);
  const matched = new Map([...any, ...all].map((image) => [image._id, image]));
  const found = await withConversations(searchIndex, search.userId, [...matched.values()]);
  const byId = new Map(found.map((one) => [one.image._id, one]));
  return {
    ranked: found.map(({ image }) => ({
      id: image._id,
      score: scoreOf(search.query, [
        { text: image.prompt ?? "", weight: 1 },
        { text: image.caption ?? "", weight: 1 },
        { text: tagsOf(image), weight: 0.8 },
      ]),
    })),
    show: async (page) =>
      page.flatMap(({ id, score }): SearchResultJson[] => {
        const one = byId.get(id);
        if (one === undefined) return [];
        const { image, conversation } = one;
        return [
          {
            conversation: conversation === null ? null : conversationSummary(conversation),
            image: toImageJson(image, conversation, imageLinks),
            highlights: highlightsOf([
              highlight(search.query, "prompt", image.prompt ?? ""),
              highlight(search.query, "caption", image.caption ?? ""),
              highlight(search.query, "tags", tagsOf(image)),
            ]),
            score,
          },
        ];
      }),
  };
}

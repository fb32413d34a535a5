import type { Document, Filter } from "mongodb";
import type { Conversation, ConversationStatus } from "../domain/conversation.ts";
import type { Generation } from "../domain/generation.ts";
import type { Image } from "../domain/image.ts";
import type { Message } from "../domain/message.ts";
import type { SearchQuery, SearchTerm } from "../domain/search.ts";
import type { FoundConversation, FoundMessage, SearchIndex } from "../ports/search.ts";
import type { Database } from "./client.ts";
import { conversationsDeclaration } from "./conversations.ts";
import { generationsDeclaration } from "./generations.ts";
import { imagesDeclaration } from "./images.ts";
import { messagesDeclaration } from "./messages.ts";

/** So much of a text is read for ranking, in code points; what is shown is read whole. */
const rankedLength = 2_000;

/** Statuses that a search sees; deleted conversations are not there for it. */
const seenStatuses: readonly ConversationStatus[] = ["active", "archived"];

const conversationFields = { title: 1, status: 1, total_messages: 1, last_message_at: 1, created_at: 1 } as const;

const rankingFields = {
  conversation_id: 1,
  role: 1,
  created_at: 1,
  text: { $substrCP: ["$text", 0, rankedLength] },
  prompt: { $substrCP: [{ $ifNull: ["$metadata.prompt", ""] }, 0, rankedLength] },
};

const wholeFields = {
  conversation_id: 1,
  role: 1,
  created_at: 1,
  text: 1,
  prompt: { $ifNull: ["$metadata.prompt", ""] },
};

function pattern(terms: readonly SearchTerm[]): Document {
  return { $regex: terms.map((term) => term.pattern).join("|"), $options: "i" };
}

function inAnyField(fields: readonly string[], terms: readonly SearchTerm[]): Document[] {
  return fields.map((field) => ({ [field]: pattern(terms) }));
}

/** The condition of a query over some fields: a term may be in any of them. */
export function matching(query: SearchQuery, fields: readonly string[], mode: "all" | "any"): Document {
  const groups = mode === "all" ? query.wanted.map((term) => [term]) : [query.wanted];
  return {
    ...(query.wanted.length === 0 ? {} : { $and: groups.map((terms) => ({ $or: inAnyField(fields, terms) })) }),
    ...(query.unwanted.length === 0 ? {} : { $nor: inAnyField(fields, query.unwanted) }),
  };
}

/** What of a user's messages a search may see: both sides of the active path. */
function seenMessages(userId: string): Document {
  return { user_id: userId, superseded: false, role: { $in: ["user", "assistant"] } };
}

const messageTexts = ["text", "metadata.prompt"] as const;
export const imageTexts = ["prompt", "caption", "tags"] as const;

/**
 * The words of the query for `$text`, without anything that has a meaning there. One word a term is enough to narrow by,
 * since the term's own pattern decides; the longest is likely to be the rarest.
 */
function textSearch(query: SearchQuery): string {
  return query.wanted
    .flatMap(({ text }) => {
      const words = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
      return words.length === 0
        ? []
        : [words.reduce((longest, word) => (word.length > longest.length ? word : longest))];
    })
    .join(" ");
}

/**
 * Narrows by indexes on the owner or on the owner's conversations; the text index over all accounts is asked only for
 * what is beyond them, because its work grows with everybody's messages.
 */
export function createSearchIndex(database: Database): SearchIndex {
  const conversations = database.collection<Conversation>(conversationsDeclaration.name);
  const messages = database.collection<Message>(messagesDeclaration.name);
  const images = database.collection<Image>(imagesDeclaration.name);
  const generations = database.collection<Generation>(generationsDeclaration.name);

  const newestConversations = async (
    userId: string,
    condition: Document,
    limit: number,
  ): Promise<FoundConversation[]> => {
    // One query a status, as for the list of conversations: each walks one index in order.
    const lists = await Promise.all(
      seenStatuses.map((status) =>
        conversations.run((collection) =>
          collection
            .find<FoundConversation>({ user_id: userId, status, ...condition }, { projection: conversationFields })
            .sort({ last_message_at: -1, _id: -1 })
            .limit(limit)
            .toArray(),
        ),
      ),
    );
    return lists
      .flat()
      .sort((a, b) => b.last_message_at.getTime() - a.last_message_at.getTime() || (a._id < b._id ? 1 : -1))
      .slice(0, limit);
  };

  return {
    listConversations: ({ userId, limit }) => newestConversations(userId, {}, limit),

    findConversations: async ({ userId, conversationIds }) =>
      conversationIds.length === 0
        ? []
        : conversations.run((collection) =>
            collection
              .find<FoundConversation>(
                { _id: { $in: [...conversationIds] }, user_id: userId, status: { $in: [...seenStatuses] } },
                { projection: conversationFields },
              )
              .toArray(),
          ),

    matchTitles: ({ userId, query, limit }) => newestConversations(userId, matching(query, ["title"], "any"), limit),

    matchMessages: async ({ userId, query, conversationIds, mode, limit }) =>
      conversationIds.length === 0
        ? []
        : messages.run((collection) =>
            collection
              .find<FoundMessage>(
                {
                  conversation_id: { $in: [...conversationIds] },
                  ...seenMessages(userId),
                  ...matching(query, messageTexts, mode),
                } as Filter<Message>,
                { projection: rankingFields },
              )
              .sort({ _id: -1 })
              .limit(limit)
              .toArray(),
          ),

    matchMessagesByIndex: async ({ userId, query, limit }) => {
      const $search = textSearch(query);
      if ($search === "") return [];
      return messages.run((collection) =>
        collection
          .find<FoundMessage>(
            {
              $text: { $search },
              ...seenMessages(userId),
              ...matching(query, messageTexts, "any"),
            } as Filter<Message>,
            { projection: rankingFields },
          )
          .limit(limit)
          .toArray(),
      );
    },

    readTexts: async ({ userId, messageIds }) =>
      messageIds.length === 0
        ? []
        : messages.run((collection) =>
            collection
              .find<FoundMessage>({ _id: { $in: [...messageIds] }, user_id: userId }, { projection: wholeFields })
              .toArray(),
          ),

    matchImages: ({ userId, query, mode, limit }) =>
      images.run((collection) =>
        collection
          .find({
            user_id: userId,
            deleted_at: { $exists: false },
            ...matching(query, imageTexts, mode),
          } as Filter<Image>)
          .sort({ created_at: -1, _id: -1 })
          .limit(limit)
          .toArray(),
      ),

    conversationsOfGenerations: async ({ userId, generationIds }) => {
      if (generationIds.length === 0) return new Map();
      const found = await generations.run((collection) =>
        collection
          .find({ _id: { $in: [...generationIds] }, user_id: userId }, { projection: { conversation_id: 1 } })
          .toArray(),
      );
      return new Map(found.flatMap(({ _id, conversation_id: id }) => (id === undefined ? [] : [[_id, id] as const])));
    },
  };
}

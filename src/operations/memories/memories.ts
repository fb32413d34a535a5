import { cursorByCreation, decodeCursor, nextCursor } from "../../domain/cursor.ts";
import { AppError, invalidField } from "../../domain/errors.ts";
import { contentKey, newMemory } from "../../domain/memory.ts";
import type { Conversations } from "../../ports/conversations.ts";
import type { Memories, MemoryChanges } from "../../ports/memories.ts";
import type { Clock, Ids } from "../../ports/platform.ts";
import type { CreateMemory, ListMemories, MemoryJson, UpdateMemory } from "../../schemas/memories.ts";
import { requireOwned } from "../require-owned.ts";
import { toMemoryJson } from "./memory-json.ts";
import { storeMemory } from "./store-memory.ts";

interface Dependencies {
  readonly memories: Memories;
  readonly conversations: Conversations;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Stores a memory. One that the user has already, in the same words, takes on what is given and stays one.
 * @throws AppError `validation_failed` for an expiry that has passed, `unprocessable` when there are too many,
 *   `not_found`/`forbidden` for the conversation
 */
export async function createMemory(
  dependencies: Dependencies,
  input: { userId: string; body: CreateMemory },
): Promise<{ memory: MemoryJson; isNew: boolean }> {
  const { conversations, clock, ids } = dependencies;
  const { userId, body } = input;
  const now = clock.now();
  requireFuture(body.expires_at, now);
  const conversationId = body.conversation_id;
  if (conversationId !== undefined) {
    await requireOwned("conversation", await conversations.find({ userId, conversationId }), () =>
      conversations.exists(conversationId),
    );
  }
  const { memory, isNew } = await storeMemory(dependencies, {
    memory: newMemory({
      memoryId: ids.next("mem"),
      userId,
      content: body.content,
      memoryType: body.memory_type,
      importance: body.importance,
      tags: body.tags,
      context: body.context,
      metadata: body.metadata,
      conversationId,
      expiresAt: body.expires_at ?? undefined,
      now,
    }),
    // What the user says themselves is theirs, also where Muse had noted it before.
    changes: {
      ...changesOf(body),
      ...(conversationId === undefined ? {} : { conversation_id: conversationId }),
      source: null,
      subject: null,
    },
    now,
  });
  return { memory: toMemoryJson(memory), isNew };
}

/** Newest first. */
export async function listMemories(
  { memories, clock }: Pick<Dependencies, "memories" | "clock">,
  input: { userId: string; query: ListMemories },
): Promise<{ data: MemoryJson[]; next_cursor: string | null }> {
  const { type, tag, q, limit, cursor } = input.query;
  const page = await memories.list({
    userId: input.userId,
    memoryType: type,
    tag,
    contentContains: q,
    after: decodeCursor(cursor),
    limit,
    now: clock.now(),
  });
  return {
    data: page.items.map(toMemoryJson),
    next_cursor: nextCursor(page, cursorByCreation),
  };
}

/** @throws AppError `not_found` (an expired one too), `forbidden` */
export async function getMemory(
  { memories, clock }: Pick<Dependencies, "memories" | "clock">,
  input: { userId: string; memoryId: string },
): Promise<MemoryJson> {
  const now = clock.now();
  const memory = await memories.find({ ...input, now });
  return toMemoryJson(await requireOwned("memory", memory, () => memories.exists({ memoryId: input.memoryId, now })));
}

/**
 * Changes what is given. A memory with new words is the user's own, whoever wrote it down first.
 * @throws AppError `not_found`, `forbidden`, `validation_failed`; `conflict` when another one has the same content
 */
export async function updateMemory(
  { memories, clock }: Pick<Dependencies, "memories" | "clock">,
  input: { userId: string; memoryId: string; body: UpdateMemory },
): Promise<MemoryJson> {
  const { userId, memoryId, body } = input;
  const now = clock.now();
  requireFuture(body.expires_at, now);
  const { content } = body;
  const updated = await memories.update({
    userId,
    memoryId,
    changes: {
      ...changesOf(body),
      ...(content === undefined
        ? {}
        : { content, content_key: contentKey(userId, content), source: null, subject: null }),
    },
    now,
  });
  if (updated === "same_content") {
    const message = "Another memory of yours says the same.";
    throw new AppError("conflict", { detail: message, errors: [{ path: "content", message }] });
  }
  return toMemoryJson(await requireOwned("memory", updated, () => memories.exists({ memoryId, now })));
}

/** @throws AppError `not_found`, `forbidden` */
export async function deleteMemory(
  { memories, clock }: Pick<Dependencies, "memories" | "clock">,
  input: { userId: string; memoryId: string },
): Promise<void> {
  const { memoryId } = input;
  const now = clock.now();
  const removed = (await memories.remove({ ...input, now })) ? memoryId : null;
  await requireOwned("memory", removed, () => memories.exists({ memoryId, now }));
}

/** Removes all of a user's memories. */
export async function deleteAllMemories(
  { memories }: Pick<Dependencies, "memories">,
  input: { userId: string },
): Promise<void> {
  await memories.removeAll(input);
}

function requireFuture(expiresAt: Date | null | undefined, now: Date): void {
  if (expiresAt instanceof Date && expiresAt <= now) throw invalidField("expires_at", "must be in the future");
}

function changesOf(body: Omit<CreateMemory, "content"> | UpdateMemory): MemoryChanges {
  const { memory_type, importance, tags, context, metadata, expires_at } = body;
  return {
    ...(memory_type === undefined ? {} : { memory_type }),
    ...(importance === undefined ? {} : { importance }),
    ...(tags === undefined ? {} : { tags }),
    ...(context === undefined ? {} : { context }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(expires_at === undefined ? {} : { expires_at }),
  };
}

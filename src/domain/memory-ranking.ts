import type { Memory } from "./memory.ts";
import { contentWords } from "./memory-words.ts";

/** From this importance on a fact or a preference is told to the model whatever the message is about. */
const alwaysFrom = 8;

/** Memories below it share no more than a common word with a message that says much more. */
const leastRelevance = 0.25;

/** After so many days a memory's recency counts half. */
const recencyHalfLifeDays = 30;
const dayMs = 86_400_000;

const weights = { relevance: 0.6, importance: 0.3, recency: 0.1 } as const;

/** Of a long message its beginning and its end are looked at: that is where people say what they want. In characters. */
const messageEdge = 2_000;

/** Characters that recalled memories may have together. */
export const recallCharacters = 4_000;

/** Memories that are recalled at most. */
export const recallLimit = 12;

/** A word that few of the memories have says more than one that many have; one that none has says nothing. */
function rarityOf(memories: readonly ReadonlySet<string>[]): (word: string) => number {
  const counts = new Map<string, number>();
  for (const words of memories) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (word) => {
    const count = counts.get(word);
    return count === undefined ? 0 : Math.log(1 + memories.length / count);
  };
}

/** Words as a vector: how long it is, all weights squared and added up. */
function weigh(words: Iterable<string>, rarity: (word: string) => number): number {
  let sum = 0;
  for (const word of words) sum += rarity(word) ** 2;
  return sum;
}

/**
 * 0 to 1: how much of the memory the message talks about, and how much of what the message says the memory has.
 * @param input.messageWeight of those words of the message that any memory has
 */
function relevanceOf(input: {
  memory: ReadonlySet<string>;
  message: ReadonlySet<string>;
  messageWeight: number;
  rarity: (word: string) => number;
}): number {
  const { memory, message, messageWeight, rarity } = input;
  const shared = weigh(
    [...memory].filter((word) => message.has(word)),
    rarity,
  );
  if (shared === 0) return 0;
  return 0.6 * Math.sqrt(shared / weigh(memory, rarity)) + 0.4 * Math.sqrt(shared / messageWeight);
}

function recencyOf(memory: Memory, now: Date): number {
  const days = Math.max(0, now.getTime() - memory.updated_at.getTime()) / dayMs;
  return 0.5 ** (days / recencyHalfLifeDays);
}

function isAlwaysTold(memory: Memory): boolean {
  return memory.memory_type !== "context" && memory.importance >= alwaysFrom;
}

/**
 * The memories to tell the model for a message, best first: those that share words with it, and those that always
 * matter. Weighed by relevance, importance and recency; of equals the newer one first.
 * @param input.characters of all contents together
 */
export function rankMemories(
  memories: readonly Memory[],
  input: { content: string; now: Date; limit?: number | undefined; characters?: number | undefined },
): readonly Memory[] {
  const { content, now, limit = recallLimit, characters = recallCharacters } = input;
  const message = contentWords(
    content.length > 2 * messageEdge ? `${content.slice(0, messageEdge)} ${content.slice(-messageEdge)}` : content,
  );
  const words = memories.map((memory) => contentWords([memory.content, ...memory.tags].join(" ")));
  const rarity = rarityOf(words);
  const messageWeight = weigh(message, rarity);
  const scored = memories.flatMap((memory, index) => {
    const relevance = relevanceOf({ memory: words[index] ?? new Set(), message, messageWeight, rarity });
    if (relevance < leastRelevance && !isAlwaysTold(memory)) return [];
    const score =
      weights.relevance * relevance +
      weights.importance * (memory.importance / 10) +
      weights.recency * recencyOf(memory, now);
    return [{ memory, score }];
  });
  scored.sort((a, b) => b.score - a.score || (a.memory._id < b.memory._id ? 1 : -1));
  const chosen: Memory[] = [];
  let left = characters;
  for (const { memory } of scored) {
    if (chosen.length >= limit) break;
    const length = memory.content.length + (memory.context?.length ?? 0);
    if (length > left) continue;
    left -= length;
    chosen.push(memory);
  }
  return chosen;
}

/**
 * The memory that words like "that I live in Paris" or "my address" mean: one that has nearly all of their words, and of
 * several the one with the fewest others.
 */
export function findMeant(memories: readonly Memory[], told: string): Memory | undefined {
  const wanted = contentWords(told);
  if (wanted.size === 0) return undefined;
  const least = wanted.size <= 2 ? wanted.size : Math.ceil(wanted.size * 0.75);
  let best: { memory: Memory; shared: number; others: number } | undefined;
  for (const memory of memories) {
    const words = contentWords([memory.content, memory.subject ?? ""].join(" "));
    const shared = [...wanted].filter((word) => words.has(word)).length;
    const others = words.size - shared;
    if (shared < least) continue;
    if (best === undefined || shared > best.shared || (shared === best.shared && others < best.others)) {
      best = { memory, shared, others };
    }
  }
  return best?.memory;
}

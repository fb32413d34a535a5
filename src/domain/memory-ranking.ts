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
const recallCharacters = 4_000;

/** Memories that are recalled at most. */
const recallLimit = 12;

/** What each word of the memories says: one that few of them have says more than one that many have. */
function weighWords(memories: readonly ReadonlySet<string>[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const words of memories) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const weightOf = (count: number) => Math.log(1 + memories.length / count) ** 2;
  return new Map([...counts].map(([word, count]) => [word, weightOf(count)]));
}

/**
 * 0 to 1: how much of the memory the message talks about, and how much of what the message says the memory has.
 * @param input.message those words of the message that any memory has, with their weight
 */
function relevanceOf(input: {
  memory: ReadonlySet<string>;
  message: ReadonlyMap<string, number>;
  messageWeight: number;
  wordWeights: ReadonlyMap<string, number>;
}): number {
  let shared = 0;
  for (const word of input.memory) shared += input.message.get(word) ?? 0;
  if (shared === 0) return 0;
  let memoryWeight = 0;
  for (const word of input.memory) memoryWeight += input.wordWeights.get(word) ?? 0;
  return 0.6 * Math.sqrt(shared / memoryWeight) + 0.4 * Math.sqrt(shared / input.messageWeight);
}

function recencyOf(memory: Memory, now: Date): number {
  const days = Math.max(0, now.getTime() - memory.updated_at.getTime()) / dayMs;
  return 0.5 ** (days / recencyHalfLifeDays);
}

function withoutMiddle(content: string): string {
  return content.length > 2 * messageEdge ? `${content.slice(0, messageEdge)} ${content.slice(-messageEdge)}` : content;
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
  const words = memories.map((memory) => contentWords([memory.content, ...memory.tags].join(" ")));
  const wordWeights = weighWords(words);
  const message = new Map<string, number>();
  let messageWeight = 0;
  for (const word of contentWords(withoutMiddle(content))) {
    const weight = wordWeights.get(word);
    if (weight === undefined) continue;
    message.set(word, weight);
    messageWeight += weight;
  }
  const scored = memories.flatMap((memory, index) => {
    const relevance = relevanceOf({ memory: words[index] ?? new Set(), message, messageWeight, wordWeights });
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

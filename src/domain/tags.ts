/** Tags of one picture at most. */
export const mostTags = 20;
/** Characters of a tag at most. */
export const longestTag = 50;

/** One spelling a tag: no control characters, single spaces, lower case; empty when nothing is left. */
export function normaliseTag(tag: string): string {
  return tag
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}]/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

/** In their order, each once. */
export function normaliseTags(tags: readonly string[]): string[] {
  return [...new Set(tags.map(normaliseTag))].filter((tag) => tag !== "");
}

/** Tags with others added or taken away. All are normalised. */
export function changedTags(
  current: readonly string[],
  change: { add?: readonly string[]; remove?: readonly string[] },
): string[] {
  const removed = new Set(normaliseTags(change.remove ?? []));
  return normaliseTags([...current, ...(change.add ?? [])]).filter((tag) => !removed.has(tag));
}

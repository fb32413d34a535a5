import type { ListPosition, Page } from "../ports/database.ts";

/** Turns `limit + 1` documents that were asked for into a page of `limit` and whether more follow. */
export function pageOf<T>(documents: readonly T[], limit: number): Page<T> {
  return { items: documents.slice(0, limit), hasMore: documents.length > limit };
}

/**
 * The filter for what is behind `after` in a list that is sorted by `dateField` and `_id`, both descending.
 * The range on the date stands beside the `$or`, because that is what lets the index start at the place itself.
 */
export function behind(dateField: string, after: ListPosition | undefined): Record<string, unknown> {
  if (after === undefined) return {};
  return {
    [dateField]: { $lte: after.at },
    $or: [{ [dateField]: { $lt: after.at } }, { _id: { $lt: after.id } }],
  };
}

/** Makes every character of `text` stand for itself in a pattern. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

import { invalidField } from "./errors.ts";

/**
 * Cursors are opaque to clients: base64url of a JSON array. They name a place (the last item's sort key), not a page
 * number, so a list stays stable while items are added in front.
 */

export function encodeCursor(position: { at: Date; id: string }): string {
  return encodeParts([position.at.getTime(), position.id]);
}

/** @throws AppError `validation_failed` naming `cursor` */
export function decodeCursor(cursor: string | undefined): { at: Date; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const [at, id] = decodeParts(cursor);
  if (typeof at !== "number" || typeof id !== "string") throw badCursor();
  const date = new Date(at);
  if (date.getTime() !== at) throw badCursor();
  return { at: date, id };
}

/** For a list whose items have a running total: the one that the next page begins with. */
export function encodeTotalCursor(position: { at: Date; id: string; total: number }): string {
  return encodeParts([position.at.getTime(), position.id, position.total]);
}

/** @throws AppError `validation_failed` naming `cursor` */
export function decodeTotalCursor(cursor: string | undefined): { at: Date; id: string; total: number } | undefined {
  const position = decodeCursor(cursor);
  if (cursor === undefined || position === undefined) return undefined;
  const total = decodeParts(cursor)[2];
  if (typeof total !== "number" || !Number.isSafeInteger(total)) throw badCursor();
  return { ...position, total };
}

/** For lists in the order of their ids. */
export function encodeIdCursor(id: string): string {
  return encodeParts([id]);
}

/** @throws AppError `validation_failed` naming `cursor` */
export function decodeIdCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const [id] = decodeParts(cursor);
  if (typeof id !== "string") throw badCursor();
  return id;
}

/** The cursor of what comes behind a page; null where nothing does. */
export function nextCursor<T>(
  page: { readonly items: readonly T[]; readonly hasMore: boolean },
  cursorBehind: (last: T) => string,
): string | null {
  const last = page.items.at(-1);
  return page.hasMore && last !== undefined ? cursorBehind(last) : null;
}

/** For lists in the order in which their items were made. */
export function cursorByCreation(last: { readonly created_at: Date; readonly _id: string }): string {
  return encodeCursor({ at: last.created_at, id: last._id });
}

/** For lists in the order of their items' ids. */
export function cursorById(last: { readonly _id: string }): string {
  return encodeIdCursor(last._id);
}

const encodeParts = (parts: readonly unknown[]) => Buffer.from(JSON.stringify(parts)).toString("base64url");

const badCursor = () => invalidField("cursor", "is not a cursor of this list");

function decodeParts(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(parts)) return parts;
  } catch {
    // Falls through: whatever it was, it is not a cursor.
  }
  throw badCursor();
}

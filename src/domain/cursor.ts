import { invalidField } from "./errors.ts";

/**
 * Cursors are opaque to clients: base64url of a JSON array. They name a place (the last item's sort key), not a page
 * number, so a list stays stable while items are added in front.
 */

export function encodeCursor(position: { at: Date; id: string }): string {
  return Buffer.from(JSON.stringify([position.at.getTime(), position.id])).toString("base64url");
}

/** @throws AppError `validation_failed` naming `cursor` */
export function decodeCursor(cursor: string | undefined): { at: Date; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const [at, id] = decodeParts(cursor);
  if (typeof at !== "number" || !Number.isSafeInteger(at) || typeof id !== "string") throw badCursor();
  return { at: new Date(at), id };
}

/** For lists in the order of their ids. */
export function encodeIdCursor(id: string): string {
  return Buffer.from(JSON.stringify([id])).toString("base64url");
}

/** @throws AppError `validation_failed` naming `cursor` */
export function decodeIdCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const [id] = decodeParts(cursor);
  if (typeof id !== "string") throw badCursor();
  return id;
}

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

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * The part of a body that a `Range` header asks for. Several ranges at once and whatever is no byte range are ignored,
 * as RFC 9110 §14.2 allows: the whole body is the answer then.
 * @returns undefined: the whole body; null: nothing of it lies in the range (416)
 */
export function parseRange(header: string | null, totalBytes: number): ByteRange | null | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "") return last === "" ? undefined : suffix(Number(last), totalBytes);
  const start = Number(first);
  const end = last === "" ? Number.POSITIVE_INFINITY : Number(last);
  if (end < start) return undefined;
  if (start >= totalBytes) return null;
  return { offset: start, length: Math.min(end, totalBytes - 1) - start + 1 };
}

function suffix(length: number, totalBytes: number): ByteRange | null {
  if (length === 0 || totalBytes === 0) return null;
  const kept = Math.min(length, totalBytes);
  return { offset: totalBytes - kept, length: kept };
}

/** Whether `If-None-Match` names the entity tag; by weak comparison (RFC 9110 §13.1.2). */
export function matchesEtag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(",").some((entry) => ["*", etag].includes(entry.trim().replace(/^W\//, "")));
}

/** Whether a range may be taken from these bytes: without `If-Range`, or when it names exactly them (RFC 9110 §13.1.5). */
export function isSameForRange(ifRange: string | null, etag: string): boolean {
  return ifRange === null || ifRange.trim() === etag;
}

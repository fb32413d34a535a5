import { AppError } from "../../src/domain/errors.ts";
import type { BlobStorage } from "../../src/ports/storage.ts";

/** Blobs in memory; `isAway` makes every call fail as an outage does. */
export function memoryBlobs() {
  const kept = new Map<string, Uint8Array>();
  /** When a blob was changed; now unless a test says otherwise. */
  const changedAt = new Map<string, Date>();
  const state = { isAway: false };
  const answer = async <R>(value: () => R): Promise<R> => {
    if (state.isAway) throw new AppError("unavailable", { isRetryable: true });
    return value();
  };
  const blobs: BlobStorage = {
    put: ({ name, bytes }) =>
      answer(() => {
        kept.set(name, bytes);
        return `memory://${name}`;
      }),
    get: (name) => answer(() => kept.get(name) ?? null),
    getPiece: ({ name, offset, length }) =>
      answer(() => {
        const whole = kept.get(name);
        if (whole === undefined) return null;
        return { bytes: whole.subarray(offset, offset + length), totalBytes: whole.byteLength };
      }),
    sizeOf: (name) => answer(() => kept.get(name)?.byteLength ?? null),
    list: ({ prefix, after, limit }) =>
      answer(() => {
        const names = [...kept.keys()].filter((name) => name.startsWith(prefix) && name > (after ?? "")).sort();
        const page = names.slice(0, limit);
        return {
          blobs: page.map((name) => ({
            name,
            bytes: kept.get(name)?.byteLength ?? 0,
            changedAt: changedAt.get(name) ?? new Date(),
          })),
          next: names.length > limit ? (page.at(-1) ?? null) : null,
        };
      }),
    signedUrl: ({ name }) => answer(() => `memory://${name}?signed`),
    remove: (name) => answer(() => void kept.delete(name)),
    ping: () => answer(() => undefined),
  };
  return { blobs, kept, changedAt, state };
}

import { AppError } from "../../src/domain/errors.ts";
import type { BlobStorage } from "../../src/ports/storage.ts";

/** Blobs in memory; `isAway` makes every call fail as an outage does. */
export function memoryBlobs() {
  const kept = new Map<string, Uint8Array>();
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
    signedUrl: ({ name }) => answer(() => `memory://${name}?signed`),
    remove: (name) => answer(() => void kept.delete(name)),
    ping: () => answer(() => undefined),
  };
  return { blobs, kept, state };
}

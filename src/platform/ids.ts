import { randomFillSync } from "node:crypto";
import { hostname } from "node:os";
import { incrementBase32, monotonicFactory } from "ulid";
import type { Ids } from "../ports/platform.ts";

/** Random numbers from 0 up to 1 as `ulid` wants them, drawn from bytes of which many are made at once: one by one they are dear. */
function createRandom(): () => number {
  const bytes = new Uint8Array(1_024);
  let next = bytes.length;
  return () => {
    if (next === bytes.length) {
      randomFillSync(bytes);
      next = 0;
    }
    const value = (bytes[next] ?? 0) / 256;
    next += 1;
    return value;
  };
}

/**
 * Prefixed ULIDs in lower case: 48 bits of milliseconds, 80 random ones, monotonic within a process. Within one
 * millisecond ids follow each other directly, so each is drawn with the one behind it, which is kept for `after`.
 */
export function createIds(): Ids {
  const next = monotonicFactory(createRandom());
  const bare = () => {
    const id = next();
    next();
    return id.toLowerCase();
  };
  return {
    bare,
    next: (prefix) => `${prefix}_${bare()}`,
    after: (id) => {
      const split = id.lastIndexOf("_") + 1;
      return id.slice(0, split) + incrementBase32(id.slice(split).toUpperCase()).toLowerCase();
    },
    instance: `${hostname()}-${process.pid}-${bare().slice(-6)}`,
  };
}

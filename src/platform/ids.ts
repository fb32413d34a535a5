import { hostname } from "node:os";
import { incrementBase32, monotonicFactory } from "ulid";
import type { Ids } from "../ports/platform.ts";

/** Prefixed ULIDs in lower case: 48 bits of milliseconds, 80 random ones, monotonic within a process. */
export function createIds(): Ids {
  const next = monotonicFactory();
  const bare = () => next().toLowerCase();
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

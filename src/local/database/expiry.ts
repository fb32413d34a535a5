import { rank, TypeBoundary } from "./engine/values.ts";
import type { Store } from "./storage/store.ts";

/** Removes what TTL indexes say has expired at `now`; answers how many documents. The caller commits. */
export function removeExpired(store: Store, now: Date): number {
  let count = 0;
  for (const collection of store.collections()) {
    for (const index of collection.indexes) {
      const { expireAfterSeconds, fields } = index.specification;
      if (expireAfterSeconds === undefined) continue;
      const threshold = new Date(now.getTime() - expireAfterSeconds * 1000);
      const isAscending = fields[0]?.direction === 1;
      const first = new TypeBoundary(rank.date - 0.5);
      const from = isAscending ? index.seek([first], false) : index.seek([threshold], false);
      const to = isAscending ? index.seek([threshold], true) : index.seek([first], true);
      for (const record of new Set(index.entries.walk(from, to, false))) {
        collection.remove(record);
        count += 1;
      }
    }
  }
  return count;
}

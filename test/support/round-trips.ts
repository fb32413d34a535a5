import type { Database } from "../../src/database/client.ts";

/** Counts how often the database is waited for: operations under way at once are one round trip. */
export function countRoundTrips(database: Database): { database: Database; count(): number } {
  let underWay = 0;
  let roundTrips = 0;
  const counted = async <R>(work: () => Promise<R>): Promise<R> => {
    if (underWay === 0) roundTrips += 1;
    underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
    }
  };
  return {
    count: () => roundTrips,
    database: {
      ...database,
      collection: (name) => {
        const collection = database.collection(name);
        return {
          run: (action: (target: never) => Promise<unknown>) => counted(() => collection.run(action as never)),
        } as never;
      },
    },
  };
}

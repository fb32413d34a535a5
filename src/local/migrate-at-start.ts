import { createDatabase } from "../database/client.ts";
import { migrate } from "../database/migrations/runner.ts";
import type { Logger } from "../ports/platform.ts";

const ignore = (): void => undefined;
/** A first start is not worth a line a migration; what fails is thrown. */
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Brings the local database to what the code expects, so that `npm start` needs no step before it. */
export async function migrateAtStart(uri: string): Promise<void> {
  const database = createDatabase({
    uri,
    databaseName: process.env.MONGODB_DATABASE || "muse",
    minPoolSize: 0,
    logger: silent,
  });
  try {
    await migrate(database, { logger: silent });
  } finally {
    await database.close();
  }
}

import { createDatabase } from "../src/database/client.ts";
import { createCreditAudit } from "../src/database/credit-audit.ts";
import { auditCredits } from "../src/operations/billing/audit-credits.ts";
import { systemClock } from "../src/platform/clock.ts";
import type { Logger } from "../src/ports/platform.ts";

/** Proves on the database that MONGODB_URI names that every account's books balance. Exit code 1 with those that do not. */

const ignore = (): void => undefined;
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

async function main(): Promise<boolean> {
  const uri = process.env.MONGODB_URI;
  if (uri === undefined || uri === "") throw new Error("MONGODB_URI is not set");
  const database = createDatabase({
    uri,
    databaseName: process.env.MONGODB_DATABASE || "muse",
    logger,
    minPoolSize: 0,
  });
  try {
    const { accounts, wrong } = await auditCredits({ audit: createCreditAudit(database), clock: systemClock });
    for (const { userId, problems } of wrong) console.log(`${userId}: ${problems.join("; ")}`);
    console.log(
      wrong.length === 0
        ? `the books of all ${accounts} accounts balance`
        : `the books of ${wrong.length} of ${accounts} accounts do not balance`,
    );
    return wrong.length === 0;
  } finally {
    await database.close();
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`credits: ${error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error)}`);
  process.exitCode = 1;
}

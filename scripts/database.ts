import { parseArgs } from "node:util";
import { createDatabase, type Database } from "../src/database/client.ts";
import { checkIndexes, hasDrift } from "../src/database/index-check.ts";
import { migrate, rollback } from "../src/database/migrations/runner.ts";
import { demoPassword, seedDemo } from "../src/local/seed/demo.ts";
import { seedScale } from "../src/local/seed/scale.ts";
import type { Logger } from "../src/ports/platform.ts";

const usage = "usage: node scripts/database.ts migrate | rollback [--to <number>] | check | seed [--scale]";

const say = (line: string): void => console.log(line);

const ignore = (): void => undefined;
/** The commands say themselves what they did. */
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

interface Options {
  readonly to?: number;
  readonly isScale: boolean;
}

/** Each returns whether all is well. */
const commands: Readonly<Record<string, (database: Database, options: Options) => Promise<boolean>>> = {
  migrate: async (database) => {
    const applied = await migrate(database, { logger });
    for (const migration of applied) say(`applied ${migration}`);
    if (applied.length === 0) say("nothing to apply");
    return true;
  },

  rollback: async (database, { to }) => {
    const undone = await rollback(database, { logger, ...(to === undefined ? {} : { to }) });
    for (const migration of undone) say(`took back ${migration}`);
    if (undone.length === 0) say("nothing to take back");
    return true;
  },

  check: async (database) => {
    const drift = await checkIndexes(database);
    for (const index of drift.missing) say(`missing ${index}`);
    for (const index of drift.unexpected) say(`unexpected ${index}`);
    for (const index of drift.different) say(`different ${index}`);
    if (!hasDrift(drift)) say("all indexes are as declared");
    return !hasDrift(drift);
  },

  seed: async (database, { isScale }) => {
    if (process.env.NODE_ENV === "production") throw new Error("seed data is not for production");
    await migrate(database, { logger });
    if (isScale) await seedForScale(database);
    else {
      const added = await seedDemo(database, { now: new Date() });
      for (const email of added) say(`added ${email} with password ${demoPassword}`);
      if (added.length === 0) say("the demo accounts are there already");
    }
    return true;
  },
};

async function seedForScale(database: Database): Promise<void> {
  const counts = await seedScale(database, {
    onProgress: ({ collection, done, of }) => {
      if (done % 25_000 === 0 || done === of) say(`${collection}: ${done} of ${of}`);
    },
  });
  say(`the capacity data set is in: ${Object.values(counts).reduce((sum, count) => sum + count, 0)} documents`);
}

function parse(): { name: string; options: Options } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { to: { type: "string" }, scale: { type: "boolean", default: false } },
  });
  const [name, ...others] = positionals;
  const to = values.to === undefined ? undefined : Number(values.to);
  if (name === undefined || commands[name] === undefined || others.length > 0) throw new Error(usage);
  if (to !== undefined && !(Number.isSafeInteger(to) && to >= 0)) throw new Error("--to takes a migration's number");
  return { name, options: { isScale: values.scale, ...(to === undefined ? {} : { to }) } };
}

/** The reason in one line, with what caused it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.name})` : "";
  return `${error.message}${cause}`.replace(/\s+/g, " ");
}

async function main(): Promise<boolean> {
  const { name, options } = parse();
  const uri = process.env.MONGODB_URI;
  if (uri === undefined || uri === "") throw new Error("MONGODB_URI is not set");
  const databaseName = process.env.MONGODB_DATABASE || "muse";
  const database = createDatabase({ uri, databaseName, logger, minPoolSize: 0 });
  try {
    return (await commands[name]?.(database, options)) ?? false;
  } finally {
    await database.close();
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`database: ${reasonOf(error)}`);
  process.exitCode = 1;
}

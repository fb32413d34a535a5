import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startMuse } from "./muse.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address of the app that the tests of the public door share. Each test makes its own accounts. */
    baseUrl: string;
    /** Where its documents are, for what no door shows or does. */
    database: { uri: string; name: string };
  }
}

/** One running Muse for all test files that only speak HTTP with it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "muse-test-"));
  const name = `muse_test_${randomBytes(6).toString("hex")}`;
  const muse = await startMuse({
    dataFolder: folder,
    environment: {
      MONGODB_DATABASE: name,
      // Many accounts come from one address here.
      RATE_LIMIT_FACTOR: "1000",
      LOG_LEVEL: "warn",
    },
  });
  const database = /^database +(.*)$/m.exec(muse.output())?.[1];
  console.log(`tests use the database: ${database}`);
  project.provide("baseUrl", muse.url);
  const uri = process.env.MONGODB_URI ?? /mongodb:\/\/\S+/.exec(database ?? "")?.[0];
  if (uri === undefined) throw new Error("Muse does not say where its database is");
  project.provide("database", { uri, name });
  return async () => {
    await muse.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
}

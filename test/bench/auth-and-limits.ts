import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApiKeys } from "../../src/database/api-keys.ts";
import { createDatabase } from "../../src/database/client.ts";
import { migrate } from "../../src/database/migrations/runner.ts";
import { createRateLimits } from "../../src/database/rate-limits.ts";
import { createUsers } from "../../src/database/users.ts";
import { newGuest } from "../../src/domain/user.ts";
import { takeFromLimit } from "../../src/http/rate-limit.ts";
import { launchDatabase } from "../../src/local/database/launch.ts";
import { createApiKey, identifyApiKey } from "../../src/operations/accounts/api-keys.ts";
import { loadPrincipal } from "../../src/operations/accounts/load-principal.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { createIds } from "../../src/platform/ids.ts";
import { opaqueTokens } from "../../src/platform/security.ts";
import type { Logger } from "../../src/ports/platform.ts";
import { Client } from "../support/client.ts";
import { startMuse } from "../support/muse.ts";
import { countRoundTrips } from "../support/round-trips.ts";
import { median, type Report } from "./report.ts";

const rounds = 400;
const warmUpRounds = 200;
/** On a machine that takes up to a millisecond for a bare round trip to the database; on a slower one, in proportion. */
const allowedExtraMs = 3;
const usualPingMs = 1;
const allowedRoundTrips = 2;
const ignore = (): void => undefined;
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** How often a request with an API key, which takes the most, waits for the database before its handler is called. */
async function roundTripsOfKey(): Promise<number> {
  const server = await launchDatabase({ dataFolder: undefined, environment: process.env });
  const database = createDatabase({ uri: server.uri, databaseName: "muse_bench", minPoolSize: 2, logger });
  try {
    await migrate(database, { logger });
    const counted = countRoundTrips(database);
    const ids = createIds();
    const userId = ids.next("user");
    await createUsers(database).insert(newGuest({ userId, now: systemClock.now() }));
    const shared = { opaqueTokens, clock: systemClock, ids, logger };
    const users = createUsers(database);
    const { key } = await createApiKey(
      { ...shared, users, apiKeys: createApiKeys(database) },
      {
        principal: await loadPrincipal(
          { users, adminEmails: [] },
          { userId, tokenVersion: null, sessionId: null, scopes: null },
        ),
        body: { name: "bench" },
      },
    );
    const identity = await identifyApiKey({ ...shared, apiKeys: createApiKeys(counted.database) }, key);
    const loading = createUsers(counted.database).findById(identity.userId);
    const rateLimits = createRateLimits(counted.database);
    await Promise.all([
      loading,
      takeFromLimit({ rateLimits, clock: systemClock, logger }, { name: "general", subject: userId, beside: loading }),
    ]);
    return counted.count();
  } finally {
    await database.close();
    await server.stop();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * Two lists of models that touch no database by themselves: one for anybody, one for accounts within their limit. And
 * what one bare round trip to the same database takes, in between.
 */
async function measured(): Promise<{ open: number; closed: number; ping: number }> {
  const folder = await mkdtemp(join(tmpdir(), "muse-bench-"));
  const muse = await startMuse({
    dataFolder: folder,
    environment: { RATE_LIMIT_FACTOR: "1000", LOG_LEVEL: "error" },
  });
  const uri = /mongodb:\/\/\S+/.exec(muse.output())?.[0] ?? "";
  const database = createDatabase({ uri, databaseName: "muse_bench", minPoolSize: 1, logger });
  try {
    const { body } = await new Client(muse.url).post("/v1/auth/guest");
    const client = new Client(muse.url, body.access_token);
    const times = { open: [] as number[], closed: [] as number[], ping: [] as number[] };
    for (let round = -warmUpRounds; round < rounds; round += 1) {
      const open = await timed(() => client.get("/v1/models", { token: undefined }));
      const closed = await timed(() => client.get("/openai/v1/models"));
      const ping = await timed(() => database.ping());
      if (round < 0) continue;
      times.open.push(open);
      times.closed.push(closed);
      times.ping.push(ping);
    }
    return { open: median(times.open), closed: median(times.closed), ping: median(times.ping) };
  } finally {
    await database.close();
    await muse.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What knowing who asks, and whether they may, adds to a request. */
export async function benchAuthAndLimits(): Promise<Report> {
  const roundTrips = await roundTripsOfKey();
  const { open, closed, ping } = await measured();
  const extra = closed - open;
  const allowed = allowedExtraMs * Math.max(1, ping / usualPingMs);
  return {
    title: "Authentication and limits",
    lines: [
      `round trips to the database with an API key: ${roundTrips} (allowed: ${allowedRoundTrips})`,
      `a request of an account: ${closed.toFixed(1)} ms, an open one ${open.toFixed(1)} ms + ${extra.toFixed(1)} ms (allowed: + ${allowed.toFixed(1)} ms)`,
      `a bare round trip to the database: ${ping.toFixed(2)} ms`,
    ],
    isWithin: roundTrips <= allowedRoundTrips && extra <= allowed,
  };
}

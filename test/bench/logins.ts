import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Client } from "../support/client.ts";
import { startMuse } from "../support/muse.ts";
import type { KeepLoggingIn } from "./keep-logging-in.ts";
import { median, type Report } from "./report.ts";

const logins = 20;
/** Logins before the count begins: a server is measured when it runs, not while its code is being compiled. */
const warmUpLogins = 60;
/** How often it is measured with logins and, right after it, without them. */
const rounds = 3;
/** Logins of a round during which health is measured. */
const measuredLogins = 20;
const paceMs = 10;
const allowedMs = 20;
const password = "a password of the bench";

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Times of health checks, one every few milliseconds, for as long as `work` takes. */
async function healthWhile(client: Client, work: Promise<unknown>): Promise<number[]> {
  let isOver = false;
  const ended = work.finally(() => {
    isOver = true;
  });
  const checks: Promise<number>[] = [];
  while (!isOver) {
    checks.push(timed(() => client.get("/health")));
    await new Promise((resolve) => setTimeout(resolve, paceMs));
  }
  const [times] = await Promise.all([Promise.all(checks), ended]);
  return times;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Waits until the worker has said a word so many times. */
async function hear(worker: Worker, word: string, times = 1): Promise<void> {
  for (let heard = 0; heard < times; ) {
    const [said] = await once(worker, "message");
    if (said === word) heard += 1;
  }
}

/** Hashing passwords must not hold up what else is asked for. */
export async function benchLogins(): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "muse-bench-"));
  const muse = await startMuse({
    dataFolder: folder,
    environment: { RATE_LIMIT_FACTOR: "1000", LOG_LEVEL: "error" },
  });
  try {
    const client = new Client(muse.url);
    const email = "bench@example.com";
    const registerMs = await timed(() => client.post("/v1/auth/register", { email, password }));
    const workerData: KeepLoggingIn = { url: muse.url, email, password, atOnce: logins };
    const worker = new Worker(new URL("./keep-logging-in.ts", import.meta.url), { workerData });
    await hear(worker, "ready");
    worker.postMessage("begin");
    const burst = await healthWhile(client, hear(worker, "login", 3));
    await healthWhile(client, hear(worker, "login", warmUpLogins));
    const busy: number[] = [];
    const quiet: number[] = [];
    let busyMs = 0;
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now();
      busy.push(...(await healthWhile(client, hear(worker, "login", measuredLogins))));
      const tookMs = performance.now() - startedAt;
      busyMs += tookMs;
      worker.postMessage("pause");
      await hear(worker, "paused");
      quiet.push(...(await healthWhile(client, delay(tookMs))));
      worker.postMessage("begin");
      await hear(worker, "login");
    }
    worker.postMessage("pause");
    await hear(worker, "paused");
    worker.postMessage("end");
    await once(worker, "exit");
    const p99 = percentile(busy, 0.99);
    const quietP99 = percentile(quiet, 0.99);
    return {
      title: "Logins",
      lines: [
        `health check while ${logins} logins run: median ${median(busy).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (allowed: ${allowedMs} ms, or what the machine takes without them)`,
        `without them, in between: median ${median(quiet).toFixed(1)} ms, p99 ${quietP99.toFixed(1)} ms`,
        `the slowest when the first ${logins} come in one moment: ${Math.max(...burst).toFixed(0)} ms; ${((rounds * measuredLogins * 1_000) / busyMs).toFixed(1)} logins a second`,
        `the first registration, which loads the list of common passwords: ${registerMs.toFixed(0)} ms`,
      ],
      isWithin: p99 <= Math.max(allowedMs, quietP99),
    };
  } finally {
    await muse.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

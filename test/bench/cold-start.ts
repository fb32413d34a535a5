import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMuse } from "../support/muse.ts";
import { median, type Report, ratioLine } from "./report.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const loader = join(root, "test/bench/register-app.mjs");
const rounds = 15;

const helloWorld = `
import { app } from "@azure/functions";
app.setup({ enableHttpStream: true });
app.http("hello", { handler: async () => ({ body: "Hello, world" }) });
`;

/** From the start of a process to the last registration, in ms. */
async function timeToRegister(entry: string): Promise<number> {
  const startedAt = performance.timeOrigin + performance.now();
  const child = fork(loader, [entry], { stdio: "ignore", execArgv: [] });
  const [{ atMs }] = (await once(child, "message")) as [{ atMs: number }];
  if (child.exitCode === null) await once(child, "exit");
  return atMs - startedAt;
}

/** Own time of the first request that goes all the way to the database, from the app's log line, in ms. */
async function firstRequest(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "muse-bench-"));
  const muse = await startMuse({ dataFolder: folder });
  try {
    await fetch(`${muse.url}/api/v1/auth/guest`, { method: "POST" });
    const line = muse
      .output()
      .split("\n")
      .find((text) => text.includes('"path":"/api/v1/auth/guest"'));
    return JSON.parse(line ?? "{}").durationMs;
  } finally {
    await muse.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Cold start: Muse beside a bare function app in turn, so that both meet the same machine. */
export async function benchColdStart(): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "muse-hello-"));
  const hello = join(folder, "main.mjs");
  await writeFile(hello, helloWorld);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const muse = join(root, "dist/main.js");
  const bare: number[] = [];
  const own: number[] = [];
  try {
    await timeToRegister(hello);
    await timeToRegister(muse);
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await timeToRegister(hello));
      own.push(await timeToRegister(muse));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const firstMs = await firstRequest();
  const ratio = median(own) / median(bare);
  return {
    title: "Cold start",
    lines: [
      ratioLine("process start to all functions registered", median(own), median(bare), "a bare hello-world app", 1.5),
      `first request that reaches the database: ${firstMs.toFixed(0)} ms of our own time (allowed: 300 ms)`,
    ],
    isWithin: ratio <= 1.5 && firstMs < 300,
  };
}

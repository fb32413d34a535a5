/** After a deployment: does the app answer, does it reach its parts, and are its doors closed? Changes nothing. */
import { setTimeout as delay } from "node:timers/promises";
import { requireVariable, runHook } from "./vault.ts";

/** A first start loads the package, and roles take their time to arrive. */
const readyWithinMs = 300_000;
const pauseMs = 2_000;
const requestMs = 30_000;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function get(url: string, path: string): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(requestMs) });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function untilReady(url: string): Promise<void> {
  const until = Date.now() + readyWithinMs;
  let last = "no answer";
  for (;;) {
    try {
      const { status, text } = await get(url, "/api/ready");
      if (status === 200) return;
      last = `${status} ${text.slice(0, 300)}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > until) throw new Error(`${url}/api/ready is not ready after ${readyWithinMs / 1000} s: ${last}`);
    await delay(Math.min(pauseMs, Math.max(0, until - Date.now())));
  }
}

interface Expectation {
  readonly path: string;
  readonly status: number;
  readonly holds?: (answer: Answer) => boolean;
}

const expectations: readonly Expectation[] = [
  { path: "/api/health", status: 200, holds: ({ text }) => text.includes('"ok"') },
  { path: "/api/app", status: 200, holds: ({ headers }) => headers.has("content-security-policy") },
  { path: "/api/openapi.json", status: 200, holds: ({ text }) => text.includes('"3.1') },
  { path: "/api/v1/models", status: 200, holds: ({ text }) => !text.includes("simulated") },
  {
    path: "/api/v1/users/me",
    status: 401,
    holds: ({ headers }) => headers.get("x-content-type-options") === "nosniff",
  },
  { path: "/api/dev/outbox", status: 404 },
];

await runHook("smoke test", async () => {
  const url = requireVariable("MUSE_URL").replace(/\/+$/, "");
  await untilReady(url);
  for (const { path, status, holds = () => true } of expectations) {
    const answer = await get(url, path);
    if (answer.status !== status) throw new Error(`${path} answered ${answer.status}, not ${status}`);
    if (!holds(answer)) throw new Error(`${path} answered ${status}, but not as it should`);
    process.stdout.write(`ok ${answer.status} ${path}\n`);
  }
});

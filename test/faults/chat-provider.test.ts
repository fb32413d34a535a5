import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { guest } from "../support/client.ts";
import { type RunningMuse, startMuse } from "../support/muse.ts";

/** A Muse whose provider of chat fails whatever it is asked. */

let folder: string;
let provider: Server;
let muse: RunningMuse;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "muse-chat-provider-"));
  provider = createServer((_, response) => {
    response.writeHead(503, { "content-type": "application/json", "retry-after-ms": "1" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(provider, "listening");
  muse = await startMuse({
    dataFolder: folder,
    environment: {
      RATE_LIMIT_FACTOR: "1000",
      LOG_LEVEL: "error",
      OPENAI_BASE_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`,
      CHAT_MODELS: "simulated:muse-1,openai:failing",
    },
  });
});

afterAll(async () => {
  await muse?.stop();
  provider.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

it("is left alone when it keeps failing: turns are refused at once, each try anew, and nothing of them stays", async () => {
  const someone = await guest(muse.url);
  const { id } = (await someone.post("/v1/conversations")).body;
  const path = `/v1/conversations/${id}/messages`;
  const ask = (options: { key?: string; stream?: boolean } = {}) =>
    someone.post(
      path,
      { content: "Hello?", model: "failing", stream: options.stream ?? false },
      options.key === undefined ? {} : { headers: { "idempotency-key": options.key } },
    );
  for (let turn = 0; turn < 8; turn += 1) expect((await ask()).status).toBe(502);

  const before = (await someone.get(path)).body.data;
  for (const stream of [false, true, false, true]) {
    const { status, headers, body } = await ask({ key: `turn-${stream}`, stream });
    expect([status, body.code]).toEqual([503, "unavailable"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect((await someone.get(path)).body.data).toEqual(before);

  const completion = { model: "failing", messages: [{ role: "user", content: "Hello?" }], stream: true };
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const headers = { "idempotency-key": "completion" };
    const { status, body } = await someone.post("/openai/v1/chat/completions", completion, { headers });
    expect([status, body.error.code]).toEqual([503, "unavailable"]);
  }
  expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0, spent: 0 });
});

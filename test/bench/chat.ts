import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, readEvents } from "../support/client.ts";
import { startMuse } from "../support/muse.ts";
import { median, type Report } from "./report.ts";
import { startStandIn } from "./stand-in-provider.ts";

const rounds = 60;
/** Turns before the count begins: a server is measured when it runs, not while its code is being compiled. */
const warmUpRounds = 90;
const firstTokenMs = 30;
const allowedExtraMs = 10;
const streams = 200;
const tokensAStream = 40;

async function guest(baseUrl: string): Promise<Client> {
  const { body } = await new Client(baseUrl).post("/v1/auth/guest");
  return new Client(baseUrl, body.access_token);
}

/** Of the provider, as plain `fetch` sees it: from the request to its first byte, which is its first token. In ms. */
async function providerFirstByte(baseUrl: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${baseUrl}/chat/completions`, { method: "POST", body: "{}" });
  const reader = response.body?.getReader();
  await reader?.read();
  const elapsed = performance.now() - startedAt;
  while (!(await reader?.read())?.done);
  return elapsed;
}

interface TurnTimes {
  /** From the request to its first event, which says that the message is stored. In ms. */
  readonly firstByte: number;
  /** To the first text of the answer. In ms. */
  readonly firstToken: number;
}

async function timeTurn(client: Client, conversationId: string): Promise<TurnTimes> {
  const startedAt = performance.now();
  const response = await client.raw("POST", `/v1/conversations/${conversationId}/messages`, {
    body: { content: "Hello", stream: true },
  });
  let firstByte: number | undefined;
  let firstToken: number | undefined;
  for await (const { event } of readEvents(response)) {
    firstByte ??= performance.now() - startedAt;
    if (event === "delta") firstToken ??= performance.now() - startedAt;
  }
  if (firstByte === undefined || firstToken === undefined) throw new Error("a turn brought nothing");
  return { firstByte, firstToken };
}

/** One stream, read to its end. @returns whether nothing was missing or doubled */
async function wholeStream(baseUrl: string): Promise<boolean> {
  const client = await guest(baseUrl);
  const response = await client.raw("POST", "/v1/chat", { body: { content: "Hello", stream: true } });
  let text = "";
  let content: string | undefined;
  for await (const { event, data } of readEvents(response)) {
    if (event === "delta") text += data.text;
    if (event === "message.completed") content = data.message.content;
  }
  return content === text && text.trim().split(" ").length === tokensAStream;
}

async function withMuse<T>(baseUrl: string, work: (url: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "muse-bench-"));
  const muse = await startMuse({
    dataFolder: folder,
    environment: {
      OPENAI_BASE_URL: baseUrl,
      CHAT_MODELS: "openai:bench",
      RATE_LIMIT_FACTOR: "1000",
      LOG_LEVEL: "error",
    },
  });
  try {
    return await work(muse.url);
  } finally {
    await muse.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What Muse adds to a provider's own time. */
async function benchFirstByte(): Promise<Omit<Report, "title">> {
  const provider = await startStandIn({ firstTokenMs, tokens: 3, paceMs: 0 });
  try {
    return await withMuse(provider.baseUrl, async (url) => {
      const turns: TurnTimes[] = [];
      const bare: number[] = [];
      let client = await guest(url);
      let { body } = await client.post("/v1/conversations");
      for (let round = -warmUpRounds; round < rounds; round += 1) {
        if (round % 15 === 0) {
          // A guest's credits last for twenty turns.
          client = await guest(url);
          ({ body } = await client.post("/v1/conversations"));
        }
        const bareMs = await providerFirstByte(provider.baseUrl);
        const turn = await timeTurn(client, body.id);
        if (round < 0) continue;
        bare.push(bareMs);
        turns.push(turn);
      }
      const own = median(bare);
      const firstByte = median(turns.map((turn) => turn.firstByte));
      const firstToken = median(turns.map((turn) => turn.firstToken));
      return {
        lines: [
          `first byte of a turn: ${firstByte.toFixed(1)} ms, the provider's own ${own.toFixed(1)} ms (allowed: that + ${allowedExtraMs} ms)`,
          `first token of a turn: ${firstToken.toFixed(1)} ms, the provider's own + ${(firstToken - own).toFixed(1)} ms`,
        ],
        isWithin: firstByte <= own + allowedExtraMs,
      };
    });
  } finally {
    await provider.stop();
  }
}

async function benchStreams(): Promise<Omit<Report, "title">> {
  const provider = await startStandIn({ firstTokenMs, tokens: tokensAStream, paceMs: 50 });
  try {
    return await withMuse(provider.baseUrl, async (url) => {
      const startedAt = performance.now();
      const whole = await Promise.all(Array.from({ length: streams }, () => wholeStream(url)));
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      const good = whole.filter(Boolean).length;
      return {
        lines: [`${streams} streams at once: ${good} without a lost or doubled event, all within ${seconds} s`],
        isWithin: good === streams,
      };
    });
  } finally {
    await provider.stop();
  }
}

/** A turn on the local stack, against a provider whose pace is known. */
export async function benchChat(): Promise<Report> {
  const results = [await benchFirstByte(), await benchStreams()];
  return {
    title: "Chat",
    lines: results.flatMap(({ lines }) => lines),
    isWithin: results.every(({ isWithin }) => isWithin),
  };
}

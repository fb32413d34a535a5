import { describe, expect, it } from "vitest";
import { AppError } from "../../../../src/domain/errors.ts";
import type { LedgerEntry } from "../../../../src/domain/ledger.ts";
import { shutdownReason } from "../../../../src/operations/chat/turn.ts";
import { toChunkEvents, toCompletionJson } from "../../../../src/operations/openai/chat-completion-json.ts";
import { startCompletion } from "../../../../src/operations/openai/complete-chat.ts";
import { systemClock } from "../../../../src/platform/clock.ts";
import { createIds } from "../../../../src/platform/ids.ts";
import type { Clock } from "../../../../src/ports/platform.ts";
import type { ChatChunk, ChatRequest } from "../../../../src/ports/providers.ts";
import type { Users } from "../../../../src/ports/users.ts";
import { chatCompletionBody } from "../../../../src/schemas/openai.ts";
import { seeing } from "./support.ts";

type Stream = (request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatChunk>;

/** One account in memory, a provider that does as it is told, and a token for each character. */
function createWorld(options: { stream: Stream; credits?: number; clock?: Clock }) {
  let balance = options.credits ?? 20;
  let spent = 0;
  const holds = new Map<string, number>();
  const ledger: LedgerEntry[] = [];
  const requests: ChatRequest[] = [];
  const runningTurns = new Map<string, AbortController>();
  const unused = () => {
    throw new Error("not needed here");
  };
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const dependencies = {
    users: {
      holdCredits: async ({ resourceId, credits }: { resourceId: string; credits: number }) => {
        if (balance < credits) return { outcome: "insufficient" as const, balanceCredits: balance };
        balance -= credits;
        holds.set(resourceId, credits);
        return { outcome: "held" as const, heldCredits: credits };
      },
      extendHold: async ({ resourceId, credits }: { resourceId: string; credits: number }) => {
        const held = holds.get(resourceId);
        if (held === undefined || balance < credits) return false;
        balance -= credits;
        holds.set(resourceId, held + credits);
        return true;
      },
      settleHold: async ({ resourceId, costCredits }: { resourceId: string; costCredits: number }) => {
        const held = holds.get(resourceId);
        if (held === undefined) return false;
        holds.delete(resourceId);
        const cost = Math.min(held, costCredits);
        spent += cost;
        balance += held - cost;
        return true;
      },
    } as unknown as Users,
    ledger: {
      record: async (entry: LedgerEntry) => {
        ledger.push(entry);
      },
      find: async () => null,
      list: unused,
    },
    providers: async () => ({
      chatModels: [seeing],
      imageModels: [],
      requireAvailable: () => undefined,
      imageProvider: unused,
      chatProvider: async () => ({
        name: "fake",
        stream: (request: ChatRequest, signal: AbortSignal) => {
          requests.push(request);
          return options.stream(request, signal);
        },
      }),
    }),
    tokenizer: {
      counter: unused,
      count: async (text: string) => text.length,
      countChat: async (messages: readonly { content: unknown }[]) =>
        messages.reduce((sum, { content }) => sum + String(content).length, 0),
    },
    runningTurns,
    clock: options.clock ?? systemClock,
    ids: createIds(),
    logger: silent,
  };
  const start = (changes: Record<string, unknown> = {}) =>
    startCompletion(dependencies, {
      userId: "user_a",
      body: chatCompletionBody.parse({ model: "eye", messages: [{ role: "user", content: "hi" }], ...changes }),
    });
  return { start, requests, ledger, runningTurns, account: () => ({ balance, spent, held: [...holds.values()] }) };
}

const text = (words: string): ChatChunk => ({ type: "text", text: words });
const stop: ChatChunk = { type: "finish", reason: "stop" };

async function* say(...chunks: ChatChunk[]): AsyncGenerator<ChatChunk> {
  yield* chunks;
}

/** Silent until it is aborted, as providers are when they hang. */
function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function* hang(_request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk> {
  yield text("one ");
  await untilAborted(signal);
}

describe("a completion", () => {
  it("is counted by the tokenizer where the provider gives no numbers", async () => {
    const { start, account } = createWorld({ stream: () => say(text("x".repeat(1_500)), stop) });
    const { usage } = await toCompletionJson(await start());
    expect(usage).toEqual({ prompt_tokens: 2, completion_tokens: 1_500, total_tokens: 1_502 });
    expect(account()).toEqual({ balance: 18, spent: 2, held: [] });
  });

  it("holds the price of a long prompt before the provider is asked", async () => {
    const world = createWorld({ stream: () => say(text("ok"), stop) });
    const messages = [{ role: "user", content: "x".repeat(3_400) }];
    const completion = await world.start({ messages });
    expect(world.account()).toEqual({ balance: 16, spent: 0, held: [4] });
    await toCompletionJson(completion);
    expect(world.account()).toEqual({ balance: 16, spent: 4, held: [] });
    const poor = createWorld({ stream: () => say(stop), credits: 3 });
    await expect(poor.start({ messages })).rejects.toMatchObject({ code: "insufficient_credits" });
    expect(poor.requests).toEqual([]);
    expect(poor.account()).toEqual({ balance: 3, spent: 0, held: [] });
  });

  it("passes on what the request says, and allows no more tokens than there is room for", async () => {
    const world = createWorld({ stream: () => say(stop) });
    const picture = "data:image/png;base64,QUJD";
    await toCompletionJson(
      await world.start({
        messages: [
          { role: "developer", content: "Be kind." },
          {
            role: "user",
            content: [
              { type: "text", text: "x".repeat(7_000) },
              { type: "image_url", image_url: { url: picture, detail: "low" } },
            ],
          },
        ],
        temperature: 0.5,
        top_p: 0.25,
        presence_penalty: 1,
        frequency_penalty: -1,
        seed: 7,
        stop: "END",
        response_format: { type: "json_object" },
        max_tokens: 5_000,
      }),
    );
    const [request] = world.requests;
    expect(request).toMatchObject({
      model: "eye-1",
      temperature: 0.5,
      topP: 0.25,
      presencePenalty: 1,
      frequencyPenalty: -1,
      seed: 7,
      stop: ["END"],
      responseFormat: { type: "json_object" },
    });
    expect(request?.maxTokens).toBeLessThanOrEqual(1_000);
    expect(request?.messages).toEqual([
      { role: "system", content: "Be kind." },
      {
        role: "user",
        content: [
          { type: "text", text: "x".repeat(7_000) },
          { type: "image", mimeType: "image/png", base64: "QUJD" },
        ],
      },
    ]);
  });

  it("offers no tools to a model that calls none", async () => {
    const { start, account } = createWorld({ stream: () => say(stop) });
    const tools = [{ type: "function", function: { name: "get_time" } }];
    await expect(start({ tools })).rejects.toMatchObject({ errors: [{ path: "tools" }] });
    expect(account().balance).toBe(20);
  });

  it("is paid as far as it was written when its reader leaves a silent provider", async () => {
    const { start, account, runningTurns, ledger } = createWorld({ stream: hang });
    const events = toChunkEvents(await start(), { includeUsage: false })[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    const waiting = events.next();
    await events.return?.();
    await waiting;
    expect(account()).toEqual({ balance: 19, spent: 1, held: [] });
    expect(ledger.map(({ reason, amount_credits }) => [reason, amount_credits])).toEqual([["chat", -1]]);
    expect(runningTurns.size).toBe(0);
  });

  it("is paid as well when its reader leaves between two parts", async () => {
    const { start, account, runningTurns } = createWorld({ stream: () => say(text("a"), text("b"), text("c"), stop) });
    for await (const { data } of toChunkEvents(await start(), { includeUsage: false })) {
      if (data.choices[0]?.delta.content === "a") break;
    }
    expect(account()).toEqual({ balance: 19, spent: 1, held: [] });
    expect(runningTurns.size).toBe(0);
  });

  it("costs nothing when this instance is shut down, and says so", async () => {
    const { start, account, runningTurns } = createWorld({ stream: hang });
    const completion = await start();
    for (const running of runningTurns.values()) running.abort(shutdownReason);
    await expect(toCompletionJson(completion)).rejects.toMatchObject({ code: "unavailable" });
    expect(account()).toEqual({ balance: 20, spent: 0, held: [] });
  });

  it("costs nothing when it takes longer than it may", async () => {
    let passDeadline = () => {};
    const clock: Clock = {
      now: () => new Date(0),
      sleep: () =>
        new Promise((resolve) => {
          passDeadline = resolve;
        }),
    };
    const { start, account } = createWorld({ stream: hang, clock });
    const completion = await start();
    passDeadline();
    await expect(toCompletionJson(completion)).rejects.toMatchObject({ code: "provider_timeout" });
    expect(account()).toEqual({ balance: 20, spent: 0, held: [] });
  });

  it("costs nothing when the provider breaks off", async () => {
    const stream: Stream = async function* () {
      yield text("half an ans");
      throw new AppError("provider_failed", { isRetryable: true });
    };
    const { start, account, ledger } = createWorld({ stream });
    await expect(toCompletionJson(await start())).rejects.toMatchObject({ code: "provider_failed" });
    expect(account()).toEqual({ balance: 20, spent: 0, held: [] });
    expect(ledger).toEqual([]);
  });

  it("ends with `length` where the balance ends, having held all that it costs", async () => {
    let now = 0;
    const clock: Clock = {
      now: () => new Date(now),
      sleep: (_ms, signal) => untilAborted(signal ?? AbortSignal.abort()),
    };
    const stream: Stream = async function* (_request, signal) {
      while (!signal.aborted) {
        now += 2_000;
        yield text("x".repeat(700));
      }
    };
    const { start, account } = createWorld({ stream, clock, credits: 2 });
    const { choices } = await toCompletionJson(await start());
    expect(choices[0]?.finish_reason).toBe("length");
    expect(choices[0]?.message.content?.length).toBe(2_100);
    expect(account()).toEqual({ balance: 0, spent: 2, held: [] });
  });
});

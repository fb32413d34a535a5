import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { isAppError } from "../../../../src/domain/errors.ts";
import type { PromptMessage } from "../../../../src/domain/prompt.ts";
import { createExtensions } from "../../../../src/local/simulated/index.ts";
import type { ChatProvider } from "../../../../src/ports/providers.ts";
import { assistant, createVirtualClock, type Heard, listen, neverAborted, user } from "./support.ts";

function createProvider(clock = createVirtualClock()): ChatProvider {
  const [provider] = createExtensions({ clock }).chatProviders;
  if (provider === undefined) {
    throw new Error("There is no chat provider.");
  }
  return provider;
}

async function ask(
  messages: string | readonly PromptMessage[],
  options: { maxTokens?: number; clock?: ReturnType<typeof createVirtualClock> } = {},
): Promise<Heard> {
  const provider = createProvider(options.clock);
  return listen(
    provider.stream(
      {
        model: "muse-chat",
        messages: typeof messages === "string" ? [user(messages)] : messages,
        maxTokens: options.maxTokens ?? 4096,
      },
      neverAborted(),
    ),
  );
}

describe("an answer of the simulated chat provider", () => {
  it("comes in pieces, then the usage, then the finish", async () => {
    const heard = await ask("Tell me about lighthouses at dusk");
    expect(heard.texts.length).toBeGreaterThan(10);
    expect(heard.chunks.slice(-2).map((chunk) => chunk.type)).toEqual(["usage", "finish"]);
    expect(heard.finish).toBe("stop");
    expect(heard.error).toBeUndefined();
  });

  it("reports the tokens that a tokenizer counts", async () => {
    const heard = await ask("Tell me about the history of Venice 🛶 in 日本語");
    expect(heard.usage?.completionTokens).toBe(countTokens(heard.text));
    expect(heard.usage?.promptTokens).toBe(3 + 3 + 1 + countTokens("Tell me about the history of Venice 🛶 in 日本語"));
  });

  it("is the same for the same messages and another for others", async () => {
    const question = "What should I cook tonight?";
    expect((await ask(question)).text).toBe((await ask(question)).text);
    expect((await ask([user("Hello"), assistant("Hello!"), user(question)])).text).not.toBe((await ask(question)).text);
  });

  it("starts at once and ends within three seconds", async () => {
    const clock = createVirtualClock();
    const startedAt = clock.now().getTime();
    let firstAt: number | undefined;
    const heard = await listen(
      createProvider(clock).stream(
        { model: "muse-chat", messages: [user("Give me eight tips for sailing")], maxTokens: 4096 },
        neverAborted(),
      ),
      () => {
        firstAt ??= clock.now().getTime();
      },
    );
    expect(heard.texts.length).toBeGreaterThan(80);
    expect(firstAt).toBe(startedAt);
    const lastedMs = clock.now().getTime() - startedAt;
    expect(lastedMs).toBeGreaterThan(1000);
    expect(lastedMs).toBeLessThan(3000);
  });

  it("is cut at the most tokens that were allowed", async () => {
    const heard = await ask("Tell me about lighthouses at dusk", { maxTokens: 7 });
    expect(heard.usage?.completionTokens).toBe(7);
    expect(countTokens(heard.text)).toBe(7);
    expect(heard.finish).toBe("length");
  });

  it("is refused when the prompt alone fills the context window", async () => {
    const heard = await ask("word ".repeat(40_000));
    expect(heard.error).toMatchObject({ code: "provider_failed", isRetryable: false });
  });

  it("takes control markers in a prompt for text", async () => {
    const heard = await ask("What does <|endoftext|> mean?");
    expect(heard.error).toBeUndefined();
    expect(heard.finish).toBe("stop");
  });
});

describe("directives in a chat prompt", () => {
  it("delays the first token", async () => {
    const clock = createVirtualClock();
    const startedAt = clock.now().getTime();
    await ask("[[delay:1500]] [[pace:0]] Hello", { clock });
    expect(clock.sleeps[0]).toBe(1500);
    expect(clock.now().getTime() - startedAt).toBe(1500);
  });

  it("paces the tokens", async () => {
    const clock = createVirtualClock();
    await ask("[[tokens:12]] [[pace:40]]", { clock });
    expect(clock.sleeps).toEqual(Array.from({ length: 11 }, () => 40));
  });

  it("writes exactly as many tokens as asked for", async () => {
    for (const count of [0, 1, 10, 333, 2500]) {
      const heard = await ask(`[[tokens:${count}]][[pace:0]] count for me`);
      expect(heard.texts).toHaveLength(count);
      expect(heard.usage?.completionTokens).toBe(count);
      expect(countTokens(heard.text)).toBe(count);
      expect(heard.finish).toBe("stop");
    }
  });

  it("does not write more tokens than the request allows", async () => {
    const heard = await ask("[[tokens:1000000]][[pace:0]]", { maxTokens: 50 });
    expect(heard.texts).toHaveLength(50);
    expect(heard.finish).toBe("length");
  });

  it.each([
    ["429", { code: "provider_failed", isRetryable: true, retryAfterSeconds: 1 }],
    ["500", { code: "provider_failed", isRetryable: true }],
    ["timeout", { code: "provider_timeout", isRetryable: true }],
    ["garbage", { code: "provider_failed", isRetryable: false }],
  ])("fails with %s", async (kind, expected) => {
    const heard = await ask(`[[fail:${kind}]] hello`);
    expect(heard.chunks).toEqual([]);
    expect(isAppError(heard.error)).toBe(true);
    expect(heard.error).toMatchObject(expected);
  });

  it("lets the content filter refuse", async () => {
    const heard = await ask("[[FAIL:Content_Filter]] hello");
    expect(heard.texts).toEqual([]);
    expect(heard.finish).toBe("content_filter");
    expect(heard.usage?.completionTokens).toBe(0);
  });

  it.each([0, 3, 500])("breaks down after %i tokens", async (count) => {
    const heard = await ask(`[[fail-after:${count}]][[pace:0]] hello`);
    expect(heard.texts).toHaveLength(count);
    expect(heard.error).toMatchObject({ code: "provider_failed", isRetryable: false });
    expect(heard.finish).toBeUndefined();
  });

  it("obeys only those of the last user message", async () => {
    const heard = await ask([user("[[fail:500]] one"), assistant("[[stall]]"), user("Say only OK")]);
    expect(heard.text).toBe("OK");
    expect(heard.error).toBeUndefined();
  });

  it("obeys them where an answer already stands behind the last user message", async () => {
    const heard = await ask([user("[[tokens:4]] one"), assistant("half an answer")]);
    expect(heard.texts).toHaveLength(4);
  });

  it("hides them from the model", async () => {
    const heard = await ask("Repeat after me: [[pace:0]] blue whale [[delay:5]]");
    expect(heard.text).toBe("blue whale");
    const earlier = await ask([
      user("Good morning [[pace:0]] to you"),
      assistant("Hello!"),
      user("What was my first message?"),
    ]);
    expect(earlier.text).toBe('You said "Good morning to you".');
  });

  it("leaves one that makes no sense where it stands", async () => {
    const heard = await ask("Say exactly: [[delay:soon]] and [[fail:418]]");
    expect(heard.text).toBe("[[delay:soon]] and [[fail:418]]");
  });
});

describe("stopping a chat answer", () => {
  it("ends it at once without an error", async () => {
    const controller = new AbortController();
    const stream = createProvider().stream(
      { model: "muse-chat", messages: [user("[[tokens:1000]] [[pace:10]]")], maxTokens: 4096 },
      controller.signal,
    );
    const heard = await listen(stream, (count) => {
      if (count === 5) {
        controller.abort();
      }
    });
    expect(heard.texts).toHaveLength(5);
    expect(heard.error).toBeUndefined();
    expect(heard.finish).toBeUndefined();
  });

  it("says nothing when it was stopped before it began", async () => {
    const stream = createProvider().stream(
      { model: "muse-chat", messages: [user("[[fail:500]] hello")], maxTokens: 100 },
      AbortSignal.abort(),
    );
    const heard = await listen(stream);
    expect(heard.chunks).toEqual([]);
    expect(heard.error).toBeUndefined();
  });

  it("is what ends a stalled one", async () => {
    const controller = new AbortController();
    const stream = createProvider().stream(
      { model: "muse-chat", messages: [user("[[stall]] [[tokens:6]]")], maxTokens: 100 },
      controller.signal,
    );
    let hasEnded = false;
    let sixth: (() => void) | undefined;
    const written = new Promise<void>((resolve) => {
      sixth = resolve;
    });
    const whole = listen(stream, (count) => {
      if (count === 6) {
        sixth?.();
      }
    }).then((heard) => {
      hasEnded = true;
      return heard;
    });
    await written;
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasEnded).toBe(false);
    controller.abort();
    const heard = await whole;
    expect(heard.texts).toHaveLength(6);
    expect(heard.finish).toBeUndefined();
    expect(heard.error).toBeUndefined();
  });
});

import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { type Client, eventually, guest } from "../support/client.ts";

const model = "muse-chat";

/** OpenAI's own client, as somebody would set it up for Muse. */
function openAI(owner: Client, apiKey: string, options: { maxRetries?: number } = {}): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${owner.baseUrl}/api/openai/v1`, maxRetries: 0, ...options });
}

async function setUp() {
  const owner = await guest();
  const { key } = (await owner.post("/v1/users/me/api-keys", { name: "test" })).body;
  return { owner, client: openAI(owner, key) };
}

const user = (content: string) => ({ role: "user" as const, content });

async function failureOf(promise: PromiseLike<unknown>) {
  const error: unknown = await Promise.resolve(promise).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OpenAI.APIError)) throw new Error(`not an error of the API: ${error}`);
  return error;
}

async function collect<T>(stream: PromiseLike<AsyncIterable<T>>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of await stream) all.push(one);
  return all;
}

async function credits(owner: Client) {
  return (await owner.get("/v1/users/me/credits")).body;
}

const weather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    description: "The weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

describe("models", () => {
  it("are listed, and found by their name", async () => {
    const { client } = await setUp();
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(["muse-chat", "muse-image"]));
    expect(await client.models.retrieve(model)).toEqual({
      id: model,
      object: "model",
      created: expect.any(Number),
      owned_by: "simulated",
    });
    const error = await failureOf(client.models.retrieve("gpt-none"));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: "model_not_found", param: "model", type: "invalid_request_error" });
  });
});

describe("a chat completion", () => {
  it("answers as OpenAI's does, for the price of a turn, and is stored nowhere", async () => {
    const { owner, client } = await setUp();
    const completion = await client.chat.completions.create({ model, messages: [user("What is a lighthouse for?")] });
    expect(completion).toMatchObject({
      id: expect.stringMatching(/^cmpl_/),
      object: "chat.completion",
      model,
      choices: [{ index: 0, finish_reason: "stop", logprobs: null, message: { role: "assistant", refusal: null } }],
    });
    expect(Math.abs(completion.created - Date.now() / 1_000)).toBeLessThan(60);
    expect(completion.choices[0]?.message.content?.length).toBeGreaterThan(10);
    expect(completion.choices[0]?.message).not.toHaveProperty("tool_calls");
    const { usage } = completion;
    expect(usage?.prompt_tokens).toBeGreaterThan(5);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    const { ledger, ...balance } = await credits(owner);
    expect(balance).toMatchObject({ balance: 19, held: 0, holds: {}, spent: 1, granted: 20 });
    expect(ledger[0]).toMatchObject({ reason: "chat", resource_id: completion.id, amount: -1 });
    expect((await owner.get("/v1/conversations")).body.data).toEqual([]);
  });

  it("takes the whole conversation with it, instructions, parts and all", async () => {
    const { client } = await setUp();
    const { choices } = await client.chat.completions.create({
      model,
      messages: [
        { role: "developer", content: "Be brief." },
        { role: "system", content: [{ type: "text", text: "Be friendly." }] },
        { role: "user", content: [{ type: "text", text: "My name is Ada." }], name: "ada" },
        { role: "assistant", content: "Hello Ada!" },
        user("What is my name?"),
      ],
      temperature: 0.3,
      top_p: 0.9,
      seed: 7,
      user: "someone",
      metadata: { topic: "names" },
      store: false,
      frequency_penalty: 0,
      logit_bias: {},
      n: 1,
    });
    expect(choices[0]?.message.content).toContain("Ada");
  });

  it("takes pictures larger than other bodies may be", async () => {
    const { client } = await setUp();
    const url = `data:image/png;base64,${Buffer.alloc(2_000_000, 7).toString("base64")}`;
    const { choices } = await client.chat.completions.create({
      model,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is in this picture?" },
            { type: "image_url", image_url: { url } },
          ],
        },
      ],
    });
    expect(choices[0]?.message.content).toContain("one picture (PNG)");
  });

  it("streams chunks that make the same answer, with the usage behind them if asked", async () => {
    const { owner, client } = await setUp();
    const request = { model, messages: [user("Tell me about lighthouses")] };
    const whole = await client.chat.completions.create(request);
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
    expect(new Set(chunks.map(({ id, object }) => `${id} ${object}`)).size).toBe(1);
    expect(chunks.at(-2)?.choices[0]).toMatchObject({ delta: {}, finish_reason: "stop" });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(await credits(owner)).toMatchObject({ balance: 18, held: 0, spent: 2 });
  });

  it("is text/event-stream of nameless events, and `[DONE]` ends it", async () => {
    const { owner } = await setUp();
    const body = { model, messages: [user("Say exactly: OK")], stream: true };
    const response = await owner.raw("POST", "/openai/v1/chat/completions", { body });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const lines = (await response.text()).split("\n\n");
    expect(lines.slice(-2)).toEqual(["data: [DONE]", ""]);
    const events = lines.slice(0, -2).map((line) => JSON.parse(line.replace(/^data: /, "")));
    expect(events.every((event) => !("usage" in event))).toBe(true);
    expect(events.map(({ choices }) => choices[0].delta.content ?? "").join("")).toBe("OK");
  });

  it("works with the client's own helper for streams", async () => {
    const { client } = await setUp();
    const runner = client.chat.completions.stream({ model, messages: [user("Say exactly: OK")] });
    expect(await runner.finalContent()).toBe("OK");
  });

  it.each(["max_tokens", "max_completion_tokens"])("is cut at %s", async (field) => {
    const { client } = await setUp();
    const { choices, usage } = await client.chat.completions.create({
      model,
      messages: [user("Tell me about lighthouses at dusk")],
      [field]: 7,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming);
    expect(choices[0]?.finish_reason).toBe("length");
    expect(usage?.completion_tokens).toBe(7);
  });

  it("may be allowed more tokens than the model can write", async () => {
    const { client } = await setUp();
    const messages = [user("Say exactly: OK")];
    const { choices } = await client.chat.completions.create({ model, messages, max_tokens: 1_000_000 });
    expect(choices[0]?.message.content).toBe("OK");
  });

  it("ends before a stop sequence", async () => {
    const { client } = await setUp();
    const messages = [user("Say exactly: one two three")];
    const { choices } = await client.chat.completions.create({ model, messages, stop: ["three"] });
    expect(choices[0]?.message.content?.trim()).toBe("one two");
  });

  it("keeps to a response format", async () => {
    const { client } = await setUp();
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const { choices } = await client.chat.completions.create({
      model,
      messages: [user("I live in Paris")],
      response_format: { type: "json_schema", json_schema: { name: "place", schema } },
    });
    expect(JSON.parse(choices[0]?.message.content ?? "")).toEqual({ city: expect.any(String) });
  });

  it("costs a credit for each started thousand tokens, and holds them while it is written", async () => {
    const { owner, client } = await setUp();
    const stream = await client.chat.completions.create({
      model,
      messages: [user("[[tokens:1300]] [[pace:2]]")],
      stream: true,
      stream_options: { include_usage: true },
    });
    let tokens = 0;
    let highestHold = 0;
    let seen = 0;
    for await (const chunk of stream) {
      tokens = chunk.usage?.total_tokens ?? tokens;
      seen += 1;
      if (seen % 300 === 0) highestHold = Math.max(highestHold, (await credits(owner)).held);
    }
    expect(tokens).toBeGreaterThan(1_300);
    expect(highestHold).toBeGreaterThanOrEqual(1);
    expect(await credits(owner)).toMatchObject({ balance: 18, held: 0, spent: 2 });
  });

  it("ends with `length` and the whole balance spent when the credits run out", async () => {
    const { owner, client } = await setUp();
    const long = (tokens: number) => ({ model, messages: [user(`[[tokens:${tokens}]] [[pace:0]]`)] });
    for (const tokens of [3_980, 3_980, 3_980, 3_980, 2_980]) await client.chat.completions.create(long(tokens));
    expect(await owner.balance()).toBe(1);
    const stream = await client.chat.completions.create({
      model,
      messages: [user("[[tokens:4000]] [[pace:1]]")],
      stream: true,
    });
    let finish: string | null | undefined;
    for await (const { choices } of stream) finish = choices[0]?.finish_reason ?? finish;
    expect(finish).toBe("length");
    expect(await credits(owner)).toMatchObject({ balance: 0, held: 0, spent: 20 });
    const error = await failureOf(client.chat.completions.create({ model, messages: [user("More")] }));
    expect(error).toMatchObject({ status: 402, type: "insufficient_quota", code: "insufficient_quota" });
    expect(await credits(owner)).toMatchObject({ balance: 0, held: 0, spent: 20 });
  });

  it("leaves no hold behind when the client leaves", async () => {
    const { owner, client } = await setUp();
    const stream = await client.chat.completions.create({
      model,
      messages: [user("[[tokens:30]] [[pace:10]]")],
      stream: true,
    });
    for await (const { choices } of stream) {
      if (choices[0]?.delta.content) break;
    }
    const settled = await eventually(
      () => credits(owner),
      ({ held }) => held === 0,
    );
    expect(settled).toMatchObject({ balance: 19, spent: 1 });
  });

  it("is given again to the same Idempotency-Key, and paid once", async () => {
    const { owner, client } = await setUp();
    const key = crypto.randomUUID();
    const ask = (content: string, stream = false) =>
      owner.post(
        "/openai/v1/chat/completions",
        { model, messages: [user(content)], stream },
        { headers: { "idempotency-key": key } },
      );
    const [first, second] = [await ask("Hello"), await ask("Hello")];
    expect(second.body).toEqual(first.body);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(await owner.balance()).toBe(19);
    const other = await ask("Something else");
    expect([other.status, other.body.error.type]).toEqual([422, "invalid_request_error"]);

    const options = { headers: { "Idempotency-Key": crypto.randomUUID() } };
    const request = { model, messages: [user("Say exactly: OK")], stream: true as const };
    const chunks = await collect(client.chat.completions.create(request, options));
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? "").join("")).toBe("OK");
    expect(await collect(client.chat.completions.create(request, options))).toEqual(chunks);
    expect(await owner.balance()).toBe(18);
  });

  it("that broke off leaves the Idempotency-Key of its stream free, and costs nothing", async () => {
    const { owner, client } = await setUp();
    const options = { headers: { "Idempotency-Key": crypto.randomUUID() } };
    const request = { model, messages: [user("Hello [[fail-after:2]]")], stream: true as const };
    for (const _try of ["first", "second"]) {
      const broken = collect(client.chat.completions.create(request, options));
      expect(await failureOf(broken)).toBeInstanceOf(OpenAI.APIError);
    }
    expect(await owner.balance()).toBe(20);
  });
});

describe("tools", () => {
  it("are called, and their results become words", async () => {
    const { owner, client } = await setUp();
    const messages: OpenAI.ChatCompletionMessageParam[] = [user("What is the weather in Lisbon?")];
    const first = await client.chat.completions.create({ model, messages, tools: [weather] });
    const [choice] = first.choices;
    expect(choice).toMatchObject({ finish_reason: "tool_calls", message: { content: null } });
    const call = choice?.message.tool_calls?.[0];
    if (choice === undefined || call?.type !== "function") throw new Error("no call");
    expect(call.function.name).toBe("get_weather");
    expect(JSON.parse(call.function.arguments)).toEqual({ city: "Lisbon" });

    messages.push(choice.message, { role: "tool", tool_call_id: call.id, content: "21 degrees and sunny" });
    const second = await client.chat.completions.create({ model, messages, tools: [weather] });
    expect(second.choices[0]?.finish_reason).toBe("stop");
    expect(second.choices[0]?.message.content).toContain("21 degrees and sunny");
    expect(await credits(owner)).toMatchObject({ balance: 18, held: 0 });
  });

  it("are called several at once, in a stream too, unless the request wants one", async () => {
    const { client } = await setUp();
    const time = { type: "function" as const, function: { name: "get_time", parameters: {} } };
    const request = {
      model,
      messages: [user("What time is it, and what is the weather in Lisbon?")],
      tools: [weather, time],
    };
    const message = await client.chat.completions.stream(request).finalMessage();
    const names = message.tool_calls?.map((call) => (call.type === "function" ? call.function.name : "")).sort();
    expect(names).toEqual(["get_time", "get_weather"]);
    expect(new Set(message.tool_calls?.map(({ id }) => id)).size).toBe(2);
    const one = await client.chat.completions.create({ ...request, parallel_tool_calls: false });
    expect(one.choices[0]?.message.tool_calls).toHaveLength(1);
  });

  it("are called when they have to be, and not when they must not", async () => {
    const { client } = await setUp();
    const request = { model, messages: [user("Hello there")], tools: [weather] };
    const choices = [
      "auto",
      "none",
      "required",
      { type: "function", function: { name: "get_weather" } },
    ] satisfies OpenAI.ChatCompletionToolChoiceOption[];
    const called = [];
    for (const tool_choice of choices) {
      const { choices: answers } = await client.chat.completions.create({ ...request, tool_choice });
      called.push(answers[0]?.message.tool_calls?.length ?? 0);
    }
    expect(called).toEqual([0, 0, 1, 1]);
  });

  it("run by themselves with the client's own runner", async () => {
    const { client } = await setUp();
    const asked: string[] = [];
    const runner = client.chat.completions.runTools({
      model,
      messages: [user("What is the weather in Lisbon?")],
      tools: [
        {
          type: "function",
          function: {
            ...weather.function,
            parse: JSON.parse,
            function: ({ city }: { city: string }) => {
              asked.push(city);
              return "windy";
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toContain("windy");
    expect(asked).toEqual(["Lisbon"]);
  });
});

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe("errors", () => {
  const image = (url: string) => [
    { role: "user" as const, content: [{ type: "image_url" as const, image_url: { url } }] },
  ];
  const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } };

  it.each<[string, Record<string, unknown>, string]>([
    ["no messages", { messages: [] }, "messages"],
    ["two answers", { n: 2 }, "n"],
    ["a temperature of 3", { temperature: 3 }, "temperature"],
    ["options of a stream without a stream", { stream_options: { include_usage: true } }, "stream_options"],
    ["a schema that is not there", { response_format: { type: "json_schema" } }, "response_format.json_schema"],
    ["a format that there is none of", { response_format: { type: "xml" } }, "response_format.type"],
    ["a role that there is none of", { messages: [{ role: "robot", content: "hi" }] }, "messages.0.role"],
    ["a message without content", { messages: [{ role: "user" }] }, "messages.0.content"],
    [
      "a picture for a model that cannot see",
      { model: "muse-text", messages: image(`data:image/png;base64,${pixel}`) },
      "messages",
    ],
    ["tools for a model that calls none", { model: "muse-text", tools: [weather] }, "tools"],
    [
      "the address of a picture",
      { messages: image("http://169.254.169.254/latest") },
      "messages.0.content.0.image_url.url",
    ],
    ["a choice of tools without tools", { tool_choice: "required" }, "tool_choice"],
    [
      "a choice of a tool that is not offered",
      { tools: [weather], tool_choice: { type: "function", function: { name: "other" } } },
      "tool_choice",
    ],
    ["two tools of one name", { tools: [weather, weather] }, "tools"],
    [
      "a result that nobody asked for",
      { messages: [user("hi"), { role: "tool", tool_call_id: "call_1", content: "x" }] },
      "messages.1.tool_call_id",
    ],
    [
      "a result before its call",
      {
        messages: [
          user("hi"),
          { role: "tool", tool_call_id: "call_1", content: "x" },
          { role: "assistant", tool_calls: [call] },
        ],
      },
      "messages.1.tool_call_id",
    ],
  ])("names what is wrong with %s", async (_, change, param) => {
    const { owner, client } = await setUp();
    const request = { model, messages: [user("hi")], ...change };
    const error = await failureOf(
      client.chat.completions.create(request as OpenAI.ChatCompletionCreateParamsNonStreaming),
    );
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ type: "invalid_request_error", param });
    expect(error.requestID).toBeTruthy();
    expect(await credits(owner)).toMatchObject({ balance: 20, held: 0 });
  });

  it("tells a prompt that does not fit the window", async () => {
    const { owner, client } = await setUp();
    const messages = [user("word ".repeat(40_000))];
    const error = await failureOf(client.chat.completions.create({ model, messages }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "context_length_exceeded", param: "messages" });
    expect(await owner.balance()).toBe(20);
  });

  it("knows no other model", async () => {
    const { client } = await setUp();
    const error = await failureOf(client.chat.completions.create({ model: "gpt-none", messages: [user("hi")] }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: "model_not_found", param: "model" });
  });

  it("has no place for keys that open nothing", async () => {
    const { owner } = await setUp();
    const error = await failureOf(openAI(owner, "muse_sk_wrong").models.list());
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ code: "invalid_api_key", type: "invalid_request_error" });
  });

  it("is OpenAI's shape for what the pipeline refuses too", async () => {
    const { owner } = await setUp();
    const path = "/openai/v1/chat/completions";
    const answers = [
      await owner.get(path),
      await owner.post(path, "{not json"),
      await owner.post(path, "[]", { headers: { "content-type": "text/plain" } }),
      await owner.post(path, {}, { token: undefined }),
      await owner.post("/openai/v1/embeddings", { model, input: "Hello" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([405, 400, 415, 401, 404]);
    for (const { body, headers } of answers) {
      expect(Object.keys(body)).toEqual(["error"]);
      expect(body.error).toMatchObject({ message: expect.any(String), type: "invalid_request_error" });
      expect(headers.get("content-type")).toContain("application/json");
    }
    expect(answers[0]?.headers.get("allow")).toContain("POST");
  });

  it.each([
    ["429", 502],
    ["500", 502],
    ["timeout", 504],
    ["garbage", 502],
  ])(
    "is a status, not a broken stream, when the provider fails at once with %s; and costs nothing",
    async (kind, status) => {
      const { owner, client } = await setUp();
      for (const stream of [false, true]) {
        const messages = [user(`[[fail:${kind}]]`)];
        const error = await failureOf(client.chat.completions.create({ model, messages, stream }));
        expect(error).toBeInstanceOf(OpenAI.InternalServerError);
        expect(error).toMatchObject({ status, type: "server_error" });
      }
      expect(await credits(owner)).toMatchObject({ balance: 20, held: 0, spent: 0 });
    },
  );

  it("reaches the client in the middle of a stream; and costs nothing", async () => {
    const { owner, client } = await setUp();
    const messages = [user("[[fail-after:3]] [[pace:0]]")];
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    const error = await failureOf(read());
    expect(error).toMatchObject({ type: "server_error", code: "provider_failed" });
    expect(await credits(owner)).toMatchObject({ balance: 20, held: 0, spent: 0 });
  });

  it("lets the client see what a content filter refused; and costs nothing", async () => {
    const { owner, client } = await setUp();
    const messages = [user("[[fail:content_filter]]")];
    const { choices } = await client.chat.completions.create({ model, messages });
    expect(choices[0]?.finish_reason).toBe("content_filter");
    expect(await credits(owner)).toMatchObject({ balance: 20, held: 0, spent: 0 });
  });
});

describe("pictures", () => {
  it("come as addresses that work, or as bytes", async () => {
    const { owner, client } = await setUp();
    const request = { model: "muse-image", prompt: "a lighthouse at dusk", size: "256x256" as const };
    const { data, created } = await client.images.generate({ ...request, n: 2, quality: "standard" });
    expect(Math.abs(created - Date.now() / 1_000)).toBeLessThan(60);
    expect(data).toHaveLength(2);
    for (const { url } of data ?? []) {
      const response = await fetch(url ?? "");
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/png"]);
    }
    const inline = await client.images.generate({ ...request, response_format: "b64_json" });
    expect(inline.data?.[0]).not.toHaveProperty("url");
    const bytes = Buffer.from(inline.data?.[0]?.b64_json ?? "", "base64");
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(await credits(owner)).toMatchObject({ balance: 17, held: 0, spent: 3 });
    expect((await owner.get("/v1/generations")).body.data).toHaveLength(2);
  });

  it("are given again to the same Idempotency-Key when they are too large to be kept with it", async () => {
    const { owner } = await setUp();
    const body = { prompt: "a lighthouse at dusk", n: 2, size: "1024x1024", response_format: "b64_json" };
    const headers = { "idempotency-key": crypto.randomUUID() };
    const [first, second] = [
      await owner.post("/openai/v1/images/generations", body, { headers }),
      await owner.post("/openai/v1/images/generations", body, { headers }),
    ];
    expect(JSON.stringify(first.body).length).toBeGreaterThan(1_000_000);
    expect([second.status, second.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
    expect(second.body).toEqual(first.body);
    expect(await credits(owner)).toMatchObject({ balance: 18, held: 0, spent: 2 });
  });

  it.each<[string, Record<string, unknown>, string, string | null]>([
    ["a model that there is none of", { model: "dall-e-9" }, "model", "model_not_found"],
    ["more pictures than the model makes", { n: 5 }, "n", null],
    ["a size beyond the model's", { size: "9000x9000" }, "size", null],
    ["no prompt", { prompt: " " }, "prompt", null],
    ["what the content filter refuses", { prompt: "[[fail:content_filter]]" }, "prompt", "content_policy_violation"],
  ])("are refused by OpenAI's names for %s", async (_, change, param, code) => {
    const { owner, client } = await setUp();
    const error = await failureOf(client.images.generate({ prompt: "a fox", ...change }));
    expect(error.status).toBe(code === "model_not_found" ? 404 : 400);
    expect(error).toMatchObject({ type: "invalid_request_error", param, code });
    expect(await credits(owner)).toMatchObject({ balance: 20, held: 0 });
  });
});

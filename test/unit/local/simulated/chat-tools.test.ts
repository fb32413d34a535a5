import { describe, expect, it } from "vitest";
import type { PromptMessage } from "../../../../src/domain/prompt.ts";
import { createExtensions } from "../../../../src/local/simulated/index.ts";
import type { ChatRequest, ToolDefinition } from "../../../../src/ports/providers.ts";
import { createVirtualClock, type Heard, listen, neverAborted, user } from "./support.ts";

const weather: ToolDefinition = {
  name: "get_weather",
  description: "The weather of a city",
  parameters: {
    type: "object",
    properties: {
      city: { type: "string" },
      unit: { type: "string", enum: ["celsius", "fahrenheit"] },
      days: { type: "integer", minimum: 1, maximum: 7 },
    },
    required: ["city", "unit", "days"],
  },
};
const clock: ToolDefinition = {
  name: "read_clock",
  description: "The time",
  parameters: { type: "object", properties: {} },
};

async function ask(messages: string | readonly PromptMessage[], changes: Partial<ChatRequest> = {}): Promise<Heard> {
  const [provider] = createExtensions({ clock: createVirtualClock() }).chatProviders;
  if (provider === undefined) {
    throw new Error("There is no chat provider.");
  }
  const request: ChatRequest = {
    model: "muse-chat",
    messages: typeof messages === "string" ? [user(messages)] : messages,
    maxTokens: 1000,
    ...changes,
  };
  return listen(provider.stream(request, neverAborted()));
}

function callsOf(heard: Heard) {
  return heard.chunks.flatMap((chunk) => (chunk.type === "tool_call" ? [chunk.call] : []));
}

describe("tools and the simulated model", () => {
  it("calls the tool that a message is about, with arguments that fit its schema", async () => {
    const heard = await ask("What is the weather in Lisbon for 3 days, in fahrenheit?", { tools: [clock, weather] });
    const calls = callsOf(heard);
    expect(calls.map(({ name }) => name)).toEqual(["get_weather"]);
    expect(JSON.parse(calls[0]?.arguments ?? "")).toEqual({ city: "Lisbon", unit: "fahrenheit", days: 3 });
    expect(heard.texts).toEqual([]);
    expect(heard.finish).toBe("tool_calls");
    expect(heard.usage?.completionTokens).toBeGreaterThan(5);
  });

  it("answers in words where no tool is called for", async () => {
    const heard = await ask("Tell me about sailing", { tools: [clock, weather] });
    expect(callsOf(heard)).toEqual([]);
    expect(heard.finish).toBe("stop");
  });

  it("obeys the choice of the request", async () => {
    const question = "How is the weather in Oslo?";
    expect(callsOf(await ask(question, { tools: [weather], toolChoice: "none" }))).toEqual([]);
    expect(callsOf(await ask("Hello", { tools: [weather, clock], toolChoice: "required" }))).toHaveLength(1);
    const named = callsOf(await ask(question, { tools: [weather, clock], toolChoice: { name: "read_clock" } }));
    expect(named.map(({ name, arguments: input }) => [name, input])).toEqual([["read_clock", "{}"]]);
  });

  it("answers with what the tool said, and calls no more", async () => {
    const question = user("How is the weather in Oslo?");
    const [call] = callsOf(await ask([question], { tools: [weather] }));
    if (call === undefined) {
      throw new Error("No tool was called.");
    }
    const messages: PromptMessage[] = [
      question,
      { role: "assistant", content: "", toolCalls: [call] },
      { role: "tool", content: '{"degrees": -4}', toolCallId: call.id },
    ];
    const heard = await ask(messages, { tools: [weather], toolChoice: "required" });
    expect(callsOf(heard)).toEqual([]);
    expect(heard.text).toContain("degrees: -4");
    expect(heard.text).toContain("get_weather");
  });
});

describe("the form of an answer", () => {
  it("ends before a stop sequence", async () => {
    const heard = await ask("Say exactly: one, two; three, four", { stop: ["; ", "four"] });
    expect(heard.text).toBe("one, two");
    expect(heard.finish).toBe("stop");
  });

  it("is JSON where JSON is wanted", async () => {
    const heard = await ask("Say exactly: pong", { responseFormat: { type: "json_object" } });
    expect(JSON.parse(heard.text)).toEqual({ answer: "pong" });
  });

  it("fits the schema that is wanted", async () => {
    const schema = {
      type: "object",
      properties: {
        city: { type: "string" },
        tags: { type: "array", items: { type: "string", enum: ["warm", "cold"] } },
        score: { type: "number", minimum: 0, maximum: 1 },
        version: { const: 2 },
        isOpen: { type: "boolean" },
      },
      required: ["city", "tags", "score", "version", "isOpen"],
    };
    const heard = await ask("Describe a cold evening in Oslo", {
      responseFormat: { type: "json_schema", json_schema: { name: "place", schema } },
    });
    expect(JSON.parse(heard.text)).toEqual({ city: "Oslo", tags: ["cold"], score: 1, version: 2, isOpen: true });
  });

  it("reads the words of a message in parts", async () => {
    const parts: PromptMessage = {
      role: "user",
      content: [
        { type: "text", text: "[[tokens:3]]" },
        { type: "image", mimeType: "image/png", base64: "" },
      ],
    };
    expect((await ask([parts])).texts).toHaveLength(3);
  });
});

import { describe, expect, it } from "vitest";
import { answerFromTools, chooseToolCalls } from "../../../../src/local/simulated/chat/tools.ts";
import type { ChatRequest, ToolDefinition } from "../../../../src/ports/providers.ts";
import { user } from "./support.ts";

const textField = (name: string) => ({ type: "object", properties: { [name]: { type: "string" } }, required: [name] });

const tools: readonly ToolDefinition[] = [
  { name: "generate_image", description: "Makes a picture", parameters: textField("prompt") },
  { name: "remember", description: "Keeps a fact", parameters: textField("content") },
  { name: "search_history", description: "Searches", parameters: textField("query") },
  { name: "get_time", description: "Tells the time", parameters: { type: "object", properties: {} } },
  { name: "get_weather", description: "The weather", parameters: textField("city") },
];

function calls(text: string, changes: Partial<ChatRequest> = {}): [string, unknown][] {
  const request: ChatRequest = { model: "muse-chat", messages: [user(text)], maxTokens: 100, tools, ...changes };
  return chooseToolCalls(request, text).map((call) => [call.name, JSON.parse(call.arguments)]);
}

describe("what the simulated model takes for a request for a tool", () => {
  it.each<[string, string, unknown]>([
    ["Draw me a fox in the snow.", "generate_image", { prompt: "a fox in the snow" }],
    ["Could you paint a quiet harbour?", "generate_image", { prompt: "a quiet harbour" }],
    ["please make a picture of two cats", "generate_image", { prompt: "two cats" }],
    ["Create an oil painting of the sea", "generate_image", { prompt: "the sea" }],
    ["Use generate_image for a red boat", "generate_image", { prompt: "a red boat" }],
    ["Remember that I live in Oslo.", "remember", { content: "I live in Oslo" }],
    ["Search my history for sailing", "search_history", { query: "sailing" }],
    ["What did I say about my boat?", "search_history", { query: "my boat" }],
    ["What time is it?", "get_time", {}],
    ["What’s the date?", "get_time", {}],
    ["What day is it today?", "get_time", {}],
    ["How is the weather in Oslo?", "get_weather", { city: "Oslo" }],
    [
      'Call get_weather with {"city": "Rome", "more": {"a": [1, "}"]}} now',
      "get_weather",
      { city: "Rome", more: { a: [1, "}"] } },
    ],
    ['call get_weather with arguments: {"anything": true}', "get_weather", { anything: true }],
    ["use get_time", "get_time", {}],
    ["please call the tool remember for my birthday", "remember", { content: "my birthday" }],
  ])("%s", (text, name, input) => {
    expect(calls(text)).toEqual([[name, input]]);
  });

  it.each([
    "Hello there",
    "Tell me about the time machine of Wells",
    "Sometimes I remember my school days",
    "What is the history of Venice?",
    "Is a picture worth a thousand words?",
  ])("no tool: %s", (text) => {
    expect(calls(text)).toEqual([]);
  });

  it("knows the kinds of tools by their descriptions too", () => {
    const painter = { name: "dalle", description: "Draws an image from words", parameters: textField("description") };
    const watch = { name: "now", description: "The current date and time", parameters: textField("zone") };
    expect(calls("Paint me a fox", { tools: [painter, watch] })).toEqual([["dalle", { description: "a fox" }]]);
    expect(calls("What time is it?", { tools: [painter, watch] }).map(([name]) => name)).toEqual(["now"]);
  });

  it("asks for several at once, with ids of their own", () => {
    const text = "What time is it, and how is the weather in Rome?";
    expect(calls(text).map(([name]) => name)).toEqual(["get_time", "get_weather"]);
    const request = { model: "muse-chat", messages: [user(text)], maxTokens: 100, tools };
    expect(new Set(chooseToolCalls(request, text).map(({ id }) => id)).size).toBe(2);
  });

  it("is overruled by the choice of the request", () => {
    expect(calls("What time is it?", { toolChoice: "none" })).toEqual([]);
    expect(calls("Hello", { toolChoice: "required" }).map(([name]) => name)).toEqual(["generate_image"]);
    expect(calls("Hello", { toolChoice: { name: "get_time" } })).toEqual([["get_time", {}]]);
    expect(calls("Remember that I sail", { toolChoice: { name: "remember" } })).toEqual([
      ["remember", { content: "I sail" }],
    ]);
  });

  it("survives arguments that are not JSON", () => {
    expect(calls("call get_weather with {not json}").map(([name]) => name)).toEqual(["get_weather"]);
  });
});

describe("an answer from results", () => {
  const call = { id: "call_1", name: "get_time", arguments: "{}" };
  const answer = (content: string) =>
    answerFromTools([
      user("What time is it?"),
      { role: "assistant", content: "", toolCalls: [call] },
      { role: "tool", content, toolCallId: "call_1" },
    ]);

  it.each([
    ["half past nine", 'says: "half past nine"'],
    ['{"result": {"time": "09:30", "time_zone": "UTC"}}', "says: time: 09:30, time zone: UTC"],
    ['{"error": "The clock is broken."}', "says: error: The clock is broken."],
    ["[1, 2]", 'says: "[1, 2]"'],
    ["{}", "says: nothing"],
  ])("says %s in words", (content, words) => {
    expect(answer(content)).toContain(`**get_time** ${words}`);
  });

  it("is none when the user has spoken since", () => {
    const messages = [{ role: "tool" as const, content: "x", toolCallId: "call_1" }, user("Thanks")];
    expect(answerFromTools(messages)).toBeUndefined();
  });
});

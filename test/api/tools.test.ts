import { describe, expect, it } from "vitest";
import { guest } from "../support/client.ts";

describe("tool calls", () => {
  it("are streamed, stored with the answer, and their results used in it", async () => {
    const someone = await guest();
    const events = await someone.events("POST", "/v1/chat", {
      body: { content: "Call get_time and tell me what it says", stream: true },
    });
    const names = events.map(({ event }) => event).filter((name, index, all) => name !== all[index - 1]);
    expect(names).toEqual([
      "conversation",
      "message.created",
      "tool_call",
      "tool_result",
      "delta",
      "message.completed",
      "done",
    ]);
    const call = events.find(({ event }) => event === "tool_call")?.data;
    const result = events.find(({ event }) => event === "tool_result")?.data;
    expect(call).toMatchObject({ name: "get_time", id: expect.any(String) });
    expect(result).toMatchObject({ id: call.id, name: "get_time", result: { utc: expect.any(String) } });
    expect(Math.abs(Date.parse(result.result.utc) - Date.now())).toBeLessThan(60_000);

    const message = events.find(({ event }) => event === "message.completed")?.data.message;
    expect(message.metadata.finish_reason).toBe("stop");
    expect(message.function_call).toMatchObject({ name: "get_time", result: result.result });
    expect(message.function_calls).toHaveLength(1);
    expect(message.content).toContain("get_time");
    const listed = (await someone.get(`/v1/conversations/${message.conversation_id}/messages`)).body.data;
    expect(listed.at(-1)).toEqual(message);
  });

  it("come again in their place when the stream is resumed, from whichever event was the last", async () => {
    const someone = await guest();
    const told = await someone.events("POST", "/v1/chat", {
      body: { content: "Call get_time and tell me what it says", stream: true },
    });
    const events = told.filter(({ event }) => event !== "conversation" && event !== "done");
    const answerId = events[0]?.data.message_id;
    const inShort = (list: typeof events) =>
      list
        .filter(({ event }) => event !== "delta" && event !== "done")
        .map(({ event, data }) => [event, data.message?.id ?? data.message_id ?? data.id, data.result]);
    const words = (list: typeof events) => list.map(({ data }) => data.text ?? "").join("");
    expect(events.length).toBeGreaterThan(4);
    const first = events.slice(0, 5);
    await Promise.all(
      first.map(async ({ id }, index) => {
        const rest = events.slice(index + 1);
        const resumed = await someone.events("GET", `/v1/messages/${answerId}/stream`, {
          headers: { "last-event-id": id ?? "" },
        });
        expect(inShort(resumed)).toEqual(inShort(rest));
        expect(words(resumed)).toBe(words(rest));
      }),
    );
  });

  it("start a generation whose picture lands in the conversation", async () => {
    const someone = await guest();
    const { body } = await someone.post("/v1/chat", { content: "Use generate_image for a red boat" });
    const call = body.message.function_calls.find(({ name }: { name: string }) => name === "generate_image");
    const id = call.result.generation_id;
    const done = (await someone.get(`/v1/generations/${id}?wait=60`)).body;
    expect(done).toMatchObject({ status: "completed", conversation_id: body.conversation.id });
    const messages = (await someone.get(`/v1/conversations/${body.conversation.id}/messages`)).body.data;
    expect(messages.at(-1).images).toHaveLength(1);
    const credits = (await someone.get("/v1/users/me/credits")).body;
    expect(credits).toMatchObject({ held: 0, granted: 20 });
    expect(credits.balance + credits.spent).toBe(20);
  });

  it("remember something, and find what was said elsewhere", async () => {
    const someone = await guest();
    const { body } = await someone.post("/v1/chat", { content: "Call remember: my boat is called Albatross" });
    const [call] = body.message.function_calls;
    expect(call).toMatchObject({ name: "remember", result: { is_new: true } });
    const memories = (await someone.get("/v1/memories")).body.data;
    expect(memories.map(({ id }: { id: string }) => id)).toContain(call.result.memory_id);
    const found = await someone.post("/v1/chat", { content: "Call search_history for Albatross" });
    const [search] = found.body.message.function_calls;
    expect(search.name).toBe("search_history");
    expect(JSON.stringify(search.result ?? search.error)).toContain("results");
  });

  it("are not offered when the conversation's settings forbid them", async () => {
    const someone = await guest();
    const metadata = { custom_settings: { tools: false } };
    const conversation = (await someone.post("/v1/conversations", { metadata })).body;
    const { body } = await someone.post(`/v1/conversations/${conversation.id}/messages`, { content: "Call get_time" });
    expect(body.message.function_call).toBeNull();
  });
});

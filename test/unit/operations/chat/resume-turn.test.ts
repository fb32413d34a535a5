import { describe, expect, it } from "vitest";
import { type FunctionCall, type Message, newStreamingAnswer } from "../../../../src/domain/message.ts";
import { resumeTurn } from "../../../../src/operations/chat/follow-turn.ts";

const call: FunctionCall = { id: "call_1", name: "get_time", arguments: "{}", text_offset: 6 };

function answer(changes: Partial<Message>): Message {
  const blank = newStreamingAnswer({
    messageId: "msg_answer",
    conversationId: "conv_1",
    userId: "user_1",
    model: "muse",
    now: new Date("2026-11-21T12:00:00Z"),
  });
  return { ...blank, ...changes };
}

/** Resumes a stream whose answer looks like `states`, one at each look. */
async function resume(states: readonly Message[], lastEventId: string | null) {
  let looks = 0;
  const messages = { find: async () => states[Math.min(looks++, states.length - 1)] ?? null, exists: async () => true };
  const dependencies = {
    messages,
    conversations: { find: async () => ({ status: "active" }) },
    imageLinks: () => "",
    clock: { now: () => new Date(), sleep: async () => undefined },
  } as unknown as Parameters<typeof resumeTurn>[0];
  const { events } = await resumeTurn(dependencies, { userId: "user_1", messageId: "msg_answer", lastEventId });
  const told: string[] = [];
  for await (const { event, data, id } of events) {
    const { text, result, error } = data as { text?: string; result?: unknown; error?: string };
    told.push([id, event, text ?? result ?? error].filter((part) => part !== undefined).join(" "));
  }
  return told;
}

describe("a stream that is resumed while a tool runs", () => {
  const underWay = answer({ content: "Wait: ", function_calls: [call] });
  const done = answer({
    content: "Wait: noon.",
    function_calls: [{ ...call, result: "12:00" }],
    status: "complete",
  });

  it("tells the call once, its result when it is there, and then the text behind it", async () => {
    expect(await resume([underWay, underWay, underWay, done], null)).toEqual([
      "3-6-0 delta Wait: ",
      "4-6-1 tool_call",
      "5-6-2 tool_result 12:00",
      "6-11-2 delta noon.",
      "end-11-2 message.completed",
    ]);
  });

  it("leaves out what the last event had seen", async () => {
    expect(await resume([underWay, underWay, done], "4-6-1")).toEqual([
      "5-6-2 tool_result 12:00",
      "6-11-2 delta noon.",
      "end-11-2 message.completed",
    ]);
    expect(await resume([done], "6-9-2")).toEqual(["7-11-2 delta n.", "end-11-2 message.completed"]);
    expect(await resume([done], "end-11-2")).toEqual([]);
  });

  it("tells why a call came to nothing", async () => {
    const failed = answer({ ...done, function_calls: [{ ...call, error: "The tool failed." }] });
    expect(await resume([failed], "3-6-0")).toContain("5-6-2 tool_result The tool failed.");
  });

  it("begins anew after an id that no stream has given", async () => {
    expect((await resume([done], "17"))[0]).toBe("3-6-0 delta Wait: ");
  });
});

import { describe, expect, it } from "vitest";
import { openEnvelope } from "../../../src/domain/queue-envelope.ts";

describe("a queue message's envelope", () => {
  it.each([
    ["of an older version", { generation_id: "gen_1" }, { body: { generation_id: "gen_1" } }],
    ["with nonsense in it", { file_id: "f", traceparent: 7, due_at: "soon" }, { body: { file_id: "f" } }],
    ["that is no object", "text", { body: "text" }],
    ["that is a list", [1], { body: [1] }],
    ["that is nothing", null, { body: null }],
  ])("may be missing: a message %s", (_what, message, expected) => {
    expect(openEnvelope(message)).toEqual(expected);
  });
});

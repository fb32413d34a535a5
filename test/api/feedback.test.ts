import { describe, expect, it } from "vitest";
import { anonymous, type Client, guest } from "../support/client.ts";

const say = async (client: Client) => (await client.post("/v1/chat", { content: "Hello [[tokens:1]]" })).body;
const rate = (client: Client, messageId: string, body: unknown) =>
  client.call("PUT", `/v1/messages/${messageId}/feedback`, { body });

describe("feedback", () => {
  it("is kept on the answer, replaced, and taken back", async () => {
    const someone = await guest();
    const { conversation, message } = await say(someone);
    expect(message.feedback).toBeNull();
    const given = await rate(someone, message.id, { rating: "negative", comment: "  <b>Too short</b> " });
    expect(given.status).toBe(200);
    expect(given.body).toMatchObject({ id: message.id, content: message.content });
    expect(given.body.feedback).toEqual({
      rating: "negative",
      comment: "<b>Too short</b>",
      submitted_at: expect.stringMatching(/Z$/),
    });
    const listed = (await someone.get(`/v1/conversations/${conversation.id}/messages`)).body.data;
    expect(listed[1].feedback).toEqual(given.body.feedback);
    expect((await rate(someone, message.id, { rating: "positive" })).body.feedback).toMatchObject({
      rating: "positive",
      comment: null,
    });
    expect((await rate(someone, message.id, { rating: null })).body.feedback).toBeNull();
    expect((await rate(someone, message.id, { rating: null })).body.feedback).toBeNull();
  });

  it("is for answers only, and for the owner only", async () => {
    const [owner, other] = [await guest(), await guest()];
    const { conversation, user_message, message } = await say(owner);
    const wrong = await rate(owner, user_message.id, { rating: "positive" });
    expect([wrong.status, wrong.body.code]).toEqual([422, "unprocessable"]);
    expect((await rate(other, message.id, { rating: "positive" })).status).toBe(403);
    expect((await rate(anonymous(), message.id, { rating: "positive" })).status).toBe(401);
    expect((await rate(owner, "msg_none", { rating: "positive" })).status).toBe(404);
    await owner.call("DELETE", `/v1/conversations/${conversation.id}`);
    expect((await rate(owner, message.id, { rating: "positive" })).status).toBe(404);
  });

  it.each([
    [{}, "rating"],
    [{ rating: "good" }, "rating"],
    [{ rating: { $ne: null } }, "rating"],
    [{ rating: "positive", comment: "x".repeat(2_001) }, "comment"],
    [{ rating: "positive", stars: 5 }, "stars"],
  ])("refuses %j", async (body, path) => {
    const someone = await guest();
    const { message } = await say(someone);
    const { status, body: problem } = await rate(someone, message.id, body);
    expect([status, problem.code, problem.errors[0].path]).toEqual([400, "validation_failed", path]);
  });
});

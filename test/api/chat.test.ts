import { describe, expect, it } from "vitest";
import { type Client, eventually, guest, readEvents } from "../support/client.ts";

const names = (events: readonly { event: string }[]) => events.map(({ event }) => event);
const textOf = (events: readonly { event: string; data: { text?: string } }[]) =>
  events.flatMap(({ event, data }) => (event === "delta" ? [data.text ?? ""] : [])).join("");

async function messagesOf(client: Client, conversationId: string) {
  return (await client.get(`/v1/conversations/${conversationId}/messages?limit=100`)).body.data;
}

describe("a turn", () => {
  it("starts a conversation and answers in one object", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/chat", { content: "What is a lighthouse for?" });
    expect(status).toBe(200);
    expect(body.conversation).toMatchObject({ title: "What is a lighthouse for?", total_messages: 2 });
    expect(body.conversation.total_tokens).toBe(body.message.metadata.tokens);
    expect(body.conversation).toEqual((await someone.get(`/v1/conversations/${body.conversation.id}`)).body);
    expect(body.user_message).toMatchObject({ role: "user", content: "What is a lighthouse for?", status: "complete" });
    expect(body.message).toMatchObject({ role: "assistant", status: "complete", is_stopped: false, version: 1 });
    expect(body.message.metadata).toMatchObject({ finish_reason: "stop", cost_credits: 1 });
    expect(body.message.metadata.tokens).toBe(
      body.message.metadata.prompt_tokens + body.message.metadata.completion_tokens,
    );
    expect(body.message.content.length).toBeGreaterThan(10);
  });

  it("streams its events in the order of the contract", async () => {
    const someone = await guest();
    const events = await someone.events("POST", "/v1/chat", { body: { content: "Hello there", stream: true } });
    const order = names(events).filter((name, index, all) => name !== all[index - 1]);
    expect(order).toEqual(["conversation", "message.created", "delta", "message.completed", "done"]);
    const created = events.find(({ event }) => event === "message.created")?.data;
    const completed = events.find(({ event }) => event === "message.completed")?.data.message;
    expect(completed.id).toBe(created.message_id);
    expect(completed.content).toBe(textOf(events));
    expect(events.every(({ id }) => id !== undefined)).toBe(true);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  it("streams too when the client accepts nothing but events", async () => {
    const someone = await guest();
    const headers = { accept: "text/event-stream" };
    const response = await someone.raw("POST", "/v1/chat", { body: { content: "Hello" }, headers });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const seen = [];
    for await (const { event } of readEvents(response)) seen.push(event);
    expect(seen.at(-1)).toBe("done");
  });

  it("sends the first text before the answer is complete", async () => {
    const someone = await guest();
    const body = { content: "[[tokens:20]] [[pace:60]]", stream: true };
    const response = await someone.raw("POST", "/v1/chat", { body });
    let messageId = "";
    for await (const { event, data } of readEvents(response)) {
      if (event === "message.created") messageId = data.message_id;
      if (event === "delta") break;
    }
    const conversations = (await someone.get("/v1/conversations")).body.data;
    const answer = (await messagesOf(someone, conversations[0].id)).find(({ id }: { id: string }) => id === messageId);
    expect(answer.status).toBe("streaming");
    await eventually(
      () => messagesOf(someone, conversations[0].id),
      (all) => all[1].status === "complete",
    );
  });

  it("knows what was said before, and counts the conversation's totals once", async () => {
    const someone = await guest();
    const first = (await someone.post("/v1/chat", { content: "My name is Ada." })).body;
    const path = `/v1/conversations/${first.conversation.id}`;
    const second = (await someone.post(`${path}/messages`, { content: "What is my name?" })).body;
    expect(second.message.content).toContain("Ada");
    const conversation = (await someone.get(path)).body;
    expect(conversation.total_messages).toBe(4);
    expect(conversation.total_tokens).toBe(first.message.metadata.tokens + second.message.metadata.tokens);
    expect(conversation.estimated_cost).toBeGreaterThan(0);
    expect(await someone.balance()).toBe(18);
    const roles = (await messagesOf(someone, first.conversation.id)).map(({ role }: { role: string }) => role);
    expect(roles).toEqual(["user", "assistant", "user", "assistant"]);
  });

  it("keeps what the client attached to its message", async () => {
    const someone = await guest();
    const { body } = await someone.post("/v1/chat", { content: "Hi", metadata: { page: "home" } });
    expect(body.user_message.metadata.custom).toEqual({ page: "home" });
  });

  it("costs a credit for each started thousand tokens", async () => {
    const someone = await guest();
    const { body } = await someone.post("/v1/chat", { content: "[[tokens:1200]] [[pace:0]]" });
    expect(body.message.metadata.completion_tokens).toBe(1_200);
    expect(body.message.metadata.cost_credits).toBe(2);
    const credits = (await someone.get("/v1/users/me/credits")).body;
    expect(credits).toMatchObject({ balance: 18, held: 0, holds: {}, spent: 2, granted: 20 });
    expect(credits.ledger[0]).toMatchObject({ reason: "chat", resource_id: body.message.id, amount: -2 });
  });

  it("holds one credit while a short answer is being written", async () => {
    const someone = await guest();
    const response = await someone.raw("POST", "/v1/chat", {
      body: { content: "[[tokens:10]] [[pace:50]]", stream: true },
    });
    for await (const { event, data } of readEvents(response)) {
      if (event !== "message.created") continue;
      const credits = (await someone.get("/v1/users/me/credits")).body;
      expect(credits).toMatchObject({ balance: 19, held: 1, holds: { [data.message_id]: 1 } });
    }
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 19, held: 0 });
  });
});

describe("a client that hangs up", () => {
  it("still finds the whole answer stored", async () => {
    const someone = await guest();
    const leaving = new AbortController();
    const body = { content: "[[tokens:40]] [[pace:25]]", stream: true };
    const response = await someone.raw("POST", "/v1/chat", { body, signal: leaving.signal });
    let conversationId = "";
    for await (const { event, data } of readEvents(response)) {
      if (event === "conversation") conversationId = data.conversation.id;
      if (event === "delta") break;
    }
    leaving.abort();
    const all = await eventually(
      () => messagesOf(someone, conversationId),
      (messages) => messages[1]?.status === "complete",
    );
    expect(all[1].metadata).toMatchObject({ finish_reason: "stop", completion_tokens: 40 });
    expect(await someone.balance()).toBe(19);
  });
});

describe("stopping", () => {
  it("keeps the answer so far and ends the stream within a second", async () => {
    const someone = await guest();
    const response = await someone.raw("POST", "/v1/chat", {
      body: { content: "[[tokens:500]] [[pace:40]]", stream: true },
    });
    const events = [];
    let stoppedAt = 0;
    for await (const event of readEvents(response)) {
      events.push(event);
      if (events.filter(({ event }) => event === "delta").length !== 5 || stoppedAt !== 0) continue;
      stoppedAt = Date.now();
      const messageId = events.find(({ event }) => event === "message.created")?.data.message_id;
      const { status, body } = await someone.post(`/v1/messages/${messageId}/stop`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: "complete", is_stopped: true, metadata: { finish_reason: "interrupted" } });
    }
    expect(Date.now() - stoppedAt).toBeLessThan(1_000);
    const completed = events.find(({ event }) => event === "message.completed")?.data.message;
    expect(completed).toMatchObject({ is_stopped: true, content: textOf(events) });
    expect(completed.content).not.toBe("");
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 19, held: 0 });
  });

  it("is what deleting the conversation does to its answer, which waits there if it is restored", async () => {
    const someone = await guest();
    const response = await someone.raw("POST", "/v1/chat", { body: { content: "[[stall]]", stream: true } });
    const seen = [];
    let path = "";
    for await (const { event, data } of readEvents(response)) {
      seen.push(event);
      if (event === "conversation") path = `/v1/conversations/${data.conversation.id}`;
      if (event === "message.created") expect((await someone.call("DELETE", path)).status).toBe(204);
    }
    expect(seen.at(-1)).toBe("done");
    await someone.post(`${path}/restore`);
    const { data } = (await someone.get(`${path}/messages`)).body;
    expect(data[1]).toMatchObject({ status: "complete", is_stopped: true, metadata: { finish_reason: "interrupted" } });
    expect((await someone.get("/v1/users/me/credits")).body.held).toBe(0);
  });

  it("ends an answer that would never end", async () => {
    const someone = await guest();
    const response = await someone.raw("POST", "/v1/chat", { body: { content: "[[stall]]", stream: true } });
    const seen = [];
    for await (const { event, data } of readEvents(response)) {
      seen.push(event);
      if (event === "message.created") await someone.post(`/v1/messages/${data.message_id}/stop`);
    }
    expect(seen.slice(-2)).toEqual(["message.completed", "done"]);
  });

  it("leaves an answer that has ended as it is", async () => {
    const someone = await guest();
    const { body } = await someone.post("/v1/chat", { content: "Hello" });
    const stopped = await someone.post(`/v1/messages/${body.message.id}/stop`, {});
    expect(stopped.status).toBe(200);
    expect(stopped.body).toEqual(body.message);
  });
});

describe("a provider that fails", () => {
  it.each([
    ["429", 502, "provider_failed"],
    ["500", 502, "provider_failed"],
    ["garbage", 502, "provider_failed"],
    ["timeout", 504, "provider_timeout"],
  ])("with %s costs nothing and leaves a failed message", async (directive, expectedStatus, code) => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/chat", { content: `Try this [[fail:${directive}]]` });
    expect([status, body.code]).toEqual([expectedStatus, code]);
    expect(JSON.stringify(body)).not.toMatch(/stack|at \w+ \(/);
    const credits = (await someone.get("/v1/users/me/credits")).body;
    expect(credits).toMatchObject({ balance: 20, held: 0, spent: 0 });
    const conversation = (await someone.get("/v1/conversations")).body.data[0];
    const [question, answer] = await messagesOf(someone, conversation.id);
    expect(question.status).toBe("complete");
    expect(answer).toMatchObject({ status: "failed", metadata: { finish_reason: "error", error_code: code } });
  });

  it("in the middle ends the stream with an error and keeps what was written", async () => {
    const someone = await guest();
    const events = await someone.events("POST", "/v1/chat", {
      body: { content: "[[fail-after:5]] [[pace:0]]", stream: true },
    });
    expect(names(events).slice(-2)).toEqual(["error", "done"]);
    expect(events.at(-2)?.data).toMatchObject({ code: "provider_failed", status: 502, request_id: expect.any(String) });
    const conversation = (await someone.get("/v1/conversations")).body.data[0];
    const [, answer] = await messagesOf(someone, conversation.id);
    expect(answer).toMatchObject({ status: "failed", content: textOf(events) });
    expect(answer.content).not.toBe("");
    expect(await someone.balance()).toBe(20);
  });

  it("by its content filter answers nothing and costs nothing", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/chat", { content: "[[fail:content_filter]]" });
    expect(status).toBe(200);
    expect(body.message.metadata.finish_reason).toBe("content_filter");
    expect(await someone.balance()).toBe(20);
  });
});

describe("credits that run out", () => {
  it("refuse a turn with 402 and store nothing", async () => {
    const someone = await guest();
    const { body } = await someone.post("/v1/chat", { content: "[[tokens:4000]] [[pace:0]]" });
    for (let spent = body.message.metadata.cost_credits; spent < 20; ) {
      spent += (await someone.post("/v1/chat", { content: "[[tokens:4000]] [[pace:0]]" })).body.message.metadata
        .cost_credits;
    }
    const before = (await someone.get("/v1/conversations?limit=100")).body.data.length;
    const refused = await someone.post("/v1/chat", { content: "One more" });
    expect([refused.status, refused.body.code]).toEqual([402, "insufficient_credits"]);
    expect((await someone.get("/v1/conversations?limit=100")).body.data).toHaveLength(before);
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 0, held: 0, spent: 20 });
  });

  it("let exactly as many simultaneous turns through as they cover", async () => {
    const someone = await guest();
    const turns = Array.from({ length: 30 }, () => someone.post("/v1/chat", { content: "[[tokens:3]] [[delay:300]]" }));
    const statuses = (await Promise.all(turns)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.filter((status) => status === 402)).toHaveLength(10);
    const credits = (await someone.get("/v1/users/me/credits")).body;
    expect(credits).toMatchObject({ balance: 0, held: 0, spent: 20, granted: 20 });
  });
});

describe("what belongs to somebody else", () => {
  it("is forbidden, and nothing of it changes", async () => {
    const [owner, other] = [await guest(), await guest()];
    const { body } = await owner.post("/v1/chat", { content: "A secret" });
    const path = `/v1/conversations/${body.conversation.id}`;
    const tries = await Promise.all([
      other.get(path),
      other.get(`${path}/messages`),
      other.call("PATCH", path, { body: { title: "Mine now" } }),
      other.call("DELETE", path),
      other.post(`${path}/restore`),
      other.post(`${path}/messages`, { content: "Let me in" }),
      other.post(`/v1/messages/${body.message.id}/stop`),
    ]);
    expect(tries.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403, 403]);
    expect(JSON.stringify(tries.map((answer) => answer.body))).not.toContain("A secret");
    expect((await owner.get(path)).body).toMatchObject({ title: "A secret", total_messages: 2 });
    expect((await other.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0 });
  });

  it("is not found when nobody has it", async () => {
    const someone = await guest();
    expect((await someone.get("/v1/conversations/conv_nothing")).status).toBe(404);
    expect((await someone.post("/v1/conversations/conv_nothing/messages", { content: "x" })).status).toBe(404);
    expect((await someone.post("/v1/messages/msg_nothing/stop")).status).toBe(404);
    expect(await someone.balance()).toBe(20);
  });
});

describe("bad input to a turn", () => {
  it.each([
    [{}, "content"],
    [{ content: "   " }, "content"],
    [{ content: 5 }, "content"],
    [{ content: "x".repeat(100_001) }, "content"],
    [{ content: "Hi", model: "no-such-model" }, "model"],
    [{ content: "Hi", stream: "yes" }, "stream"],
    [{ content: "Hi", role: "system" }, "role"],
    [{ content: "Hi", metadata: { "a.b": 1 } }, "metadata"],
  ])("%j names its field", async (body, path) => {
    const someone = await guest();
    const { status, body: problem } = await someone.post("/v1/chat", body);
    expect([status, problem.code, problem.errors[0].path]).toEqual([400, "validation_failed", path]);
    expect(await someone.balance()).toBe(20);
  });

  it("that no model can take is 422", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/chat", { content: "word ".repeat(19_999) });
    // 20,000 tokens fit the window but cost as many credits as a guest has; the prompt alone takes them all.
    expect([200, 402]).toContain(status);
    const conversation = (await someone.post("/v1/conversations", { system_prompt: "rule ".repeat(4_000) })).body;
    const refused = await someone.post(`/v1/conversations/${conversation.id}/messages`, {
      content: "\u{1F980}".repeat(16_000),
    });
    expect([refused.status, refused.body.code]).toEqual([422, "unprocessable"]);
    expect(refused.body.errors[0].path).toBe("content");
    expect(body).toBeDefined();
  });
});

describe("conversations", () => {
  it("are renamed, archived, deleted and restored", async () => {
    const someone = await guest();
    const { id } = (await someone.post("/v1/conversations", { title: "Plans", system_prompt: "Be brief." })).body;
    const path = `/v1/conversations/${id}`;
    const renamed = await someone.call("PATCH", path, { body: { title: "Better plans", status: "archived" } });
    expect(renamed.body).toMatchObject({ title: "Better plans", status: "archived", is_archived: true });
    expect((await someone.get("/v1/conversations?status=archived")).body.data).toHaveLength(1);
    expect((await someone.get("/v1/conversations?status=active")).body.data).toHaveLength(0);
    expect((await someone.post(`${path}/restore`)).body).toMatchObject({ status: "active", is_archived: false });
    expect((await someone.call("DELETE", path)).status).toBe(204);
    expect((await someone.call("DELETE", path)).status).toBe(204);
    expect((await someone.get(path)).status).toBe(404);
    expect((await someone.post(`${path}/messages`, { content: "Hello?" })).status).toBe(404);
    expect((await someone.get("/v1/conversations")).body.data).toHaveLength(0);
    expect((await someone.get("/v1/conversations?status=deleted")).body.data).toHaveLength(1);
    expect((await someone.post(`${path}/restore`)).body.status).toBe("active");
    expect((await someone.get(path)).body.title).toBe("Better plans");
  });

  it("are found by a part of their title, taken literally", async () => {
    const someone = await guest();
    for (const title of ["Trip to Oslo", "Oslo again", "100% sure (a.*b)"])
      await someone.post("/v1/conversations", { title });
    const titles = async (q: string) =>
      (await someone.get(`/v1/conversations?q=${encodeURIComponent(q)}`)).body.data.map(
        ({ title }: { title: string }) => title,
      );
    expect(await titles("oslo")).toEqual(["Oslo again", "Trip to Oslo"]);
    expect(await titles("(a.*b)")).toEqual(["100% sure (a.*b)"]);
    expect(await titles(".*")).toEqual(["100% sure (a.*b)"]);
  });

  it("come newest activity first", async () => {
    const someone = await guest();
    const older = (await someone.post("/v1/chat", { content: "First" })).body.conversation;
    const newer = (await someone.post("/v1/chat", { content: "Second" })).body.conversation;
    await someone.post(`/v1/conversations/${older.id}/messages`, { content: "Again" });
    const ids = (await someone.get("/v1/conversations")).body.data.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([older.id, newer.id]);
  });

  it("page their messages oldest first", async () => {
    const someone = await guest();
    const { conversation } = (await someone.post("/v1/chat", { content: "One [[tokens:1]]" })).body;
    const path = `/v1/conversations/${conversation.id}/messages`;
    await someone.post(path, { content: "Two [[tokens:1]]" });
    const first = (await someone.get(`${path}?limit=3`)).body;
    const second = (await someone.get(`${path}?limit=3&cursor=${first.next_cursor}`)).body;
    const contents = [...first.data, ...second.data]
      .filter(({ role }) => role === "user")
      .map(({ content }) => content);
    expect(contents).toEqual(["One [[tokens:1]]", "Two [[tokens:1]]"]);
    expect([first.data.length, second.data.length, second.next_cursor]).toEqual([3, 1, null]);
  });
});

import { describe, expect, it } from "vitest";
import { type Client, eventually, guest, readEvents } from "../support/client.ts";

async function listed(client: Client, conversationId: string, query = "") {
  const { body } = await client.get(`/v1/conversations/${conversationId}/messages?limit=100${query}`);
  return body.data as { id: string; content: string; version: number; superseded: boolean }[];
}

const idsOf = (messages: readonly { id: string }[]) => messages.map(({ id }) => id);

async function conversationOf(client: Client, ...contents: string[]) {
  const first = (await client.post("/v1/chat", { content: contents[0] })).body;
  const turns = [first];
  for (const content of contents.slice(1)) {
    turns.push((await client.post(`/v1/conversations/${first.conversation.id}/messages`, { content })).body);
  }
  return { id: first.conversation.id as string, turns };
}

describe("regenerating", () => {
  it("makes a new version, keeps the old one and drops what followed it", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "Tell me a fact", "And another");
    const [first] = turns;
    const { status, body } = await someone.post(`/v1/messages/${first.message.id}/regenerate`);
    expect(status).toBe(200);
    expect(body.user_message.id).toBe(first.user_message.id);
    expect(body.message).toMatchObject({
      version: 2,
      version_count: 2,
      parent_message_id: first.message.id,
      superseded: false,
    });
    expect(idsOf(await listed(someone, id))).toEqual([first.user_message.id, body.message.id]);
    expect(await listed(someone, id, "&versions=all")).toHaveLength(5);
    const versions = (await someone.get(`/v1/messages/${body.message.id}/versions`)).body.data;
    expect(
      versions.map(({ version, superseded }: { version: number; superseded: boolean }) => [version, superseded]),
    ).toEqual([
      [1, true],
      [2, false],
    ]);
    expect((await someone.get(`/v1/conversations/${id}`)).body.total_messages).toBe(2);
    expect(await someone.balance()).toBe(17);
  });

  it("streams, and is idempotent with a key", async () => {
    const someone = await guest();
    const { turns } = await conversationOf(someone, "Hello");
    const path = `/v1/messages/${turns[0].message.id}/regenerate`;
    const options = { body: { stream: true }, headers: { "idempotency-key": crypto.randomUUID() } };
    const events = await someone.events("POST", path, options);
    expect(events.map(({ event }) => event).at(0)).toBe("message.created");
    expect(events.map(({ event }) => event).slice(-2)).toEqual(["message.completed", "done"]);
    const again = await someone.events("POST", path, options);
    expect(again.find(({ event }) => event === "message.completed")?.data).toEqual(
      events.find(({ event }) => event === "message.completed")?.data,
    );
    expect((await someone.get(`/v1/messages/${turns[0].message.id}/versions`)).body.data).toHaveLength(2);
  });

  it("is refused for what is not an answer, and for others", async () => {
    const [someone, other] = [await guest(), await guest()];
    const { turns } = await conversationOf(someone, "Hello");
    const [{ user_message, message }] = turns;
    expect((await someone.post(`/v1/messages/${user_message.id}/regenerate`)).status).toBe(422);
    expect((await someone.post("/v1/messages/msg_none/regenerate")).status).toBe(404);
    for (const [method, path, body] of [
      ["POST", `/v1/messages/${message.id}/regenerate`, undefined],
      ["PATCH", `/v1/messages/${user_message.id}`, { content: "Mine" }],
      ["GET", `/v1/messages/${message.id}/versions`, undefined],
      ["PUT", `/v1/messages/${message.id}/active`, undefined],
      ["GET", `/v1/messages/${message.id}/stream`, undefined],
    ] as const) {
      expect((await other.call(method, path, { body })).status).toBe(403);
    }
    expect(await other.balance()).toBe(20);
  });

  it("waits for the answer's end", async () => {
    const someone = await guest();
    const response = await someone.raw("POST", "/v1/chat", { body: { content: "[[stall]]", stream: true } });
    for await (const { event, data } of readEvents(response)) {
      if (event !== "message.created") continue;
      const refused = await someone.post(`/v1/messages/${data.message_id}/regenerate`);
      expect([refused.status, refused.body.code]).toEqual([409, "conflict"]);
      await someone.post(`/v1/messages/${data.message_id}/stop`);
    }
  });
});

describe("editing", () => {
  it("answers the new version anew, in the light of what came before it", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "My name is Ada", "What is my name?", "Thank you");
    const [first, second] = turns;
    const edited = await someone.call("PATCH", `/v1/messages/${first.user_message.id}`, {
      body: { content: "My name is Grace" },
    });
    expect(edited.status).toBe(200);
    expect(edited.body.user_message).toMatchObject({
      content: "My name is Grace",
      version: 2,
      is_edited: true,
      parent_message_id: first.user_message.id,
    });
    expect(idsOf(await listed(someone, id))).toEqual([edited.body.user_message.id, edited.body.message.id]);
    const asked = (await someone.post(`/v1/conversations/${id}/messages`, { content: "What is my name?" })).body;
    expect(asked.message.content).toContain("Grace");
    expect((await someone.get(`/v1/conversations/${id}`)).body.total_messages).toBe(4);

    // Back to the first branch, all of it, and on from there.
    const active = await someone.call("PUT", `/v1/messages/${first.user_message.id}/active`);
    expect([active.status, active.body.superseded]).toEqual([200, false]);
    expect(idsOf(await listed(someone, id))).toEqual(
      turns.flatMap(({ user_message, message }) => [user_message.id, message.id]),
    );
    expect((await someone.get(`/v1/conversations/${id}`)).body.total_messages).toBe(6);
    const back = (await someone.post(`/v1/conversations/${id}/messages`, { content: "What is my name?" })).body;
    expect(back.message.content).toContain("Ada");
    expect(second.message.content).toContain("Ada");
  });

  it("is done once with an idempotency key", async () => {
    const someone = await guest();
    const { turns } = await conversationOf(someone, "Hello");
    const path = `/v1/messages/${turns[0].user_message.id}`;
    const options = { body: { content: "Hello again" }, headers: { "idempotency-key": crypto.randomUUID() } };
    const first = await someone.call("PATCH", path, options);
    const second = await someone.call("PATCH", path, options);
    expect([first.status, second.status, second.headers.get("idempotency-replayed")]).toEqual([200, 200, "true"]);
    expect(second.body).toEqual(first.body);
    expect((await someone.get(`${path}/versions`)).body.data).toHaveLength(2);
    const other = await someone.call("PATCH", path, { ...options, body: { content: "Something else" } });
    expect(other.status).toBe(422);
  });

  it("is for one's own words only", async () => {
    const someone = await guest();
    const { turns } = await conversationOf(someone, "Hello");
    const refused = await someone.call("PATCH", `/v1/messages/${turns[0].message.id}`, {
      body: { content: "Other words" },
    });
    expect([refused.status, refused.body.code]).toEqual([422, "unprocessable"]);
    const empty = await someone.call("PATCH", `/v1/messages/${turns[0].user_message.id}`, { body: { content: " " } });
    expect([empty.status, empty.body.errors[0].path]).toEqual([400, "content"]);
    expect(await someone.balance()).toBe(19);
  });

  it("keeps the old path when the credits do not cover the answer", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "[[tokens:4000]] [[pace:0]]");
    while ((await someone.balance()) > 0) await someone.post("/v1/chat", { content: "[[tokens:3000]] [[pace:0]]" });
    const refused = await someone.call("PATCH", `/v1/messages/${turns[0].user_message.id}`, {
      body: { content: "Again" },
    });
    expect(refused.status).toBe(402);
    expect(idsOf(await listed(someone, id))).toEqual([turns[0].user_message.id, turns[0].message.id]);
  });
});

describe("a message in a deleted conversation", () => {
  it.each([
    ["GET", "versions"],
    ["GET", "stream"],
    ["POST", "stop"],
  ])("is not found, as the conversation is not: %s %s", async (method, part) => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "Hello [[tokens:2]]");
    const path = `/v1/messages/${turns[0].message.id}/${part}`;
    await someone.call("DELETE", `/v1/conversations/${id}`);
    expect((await someone.call(method, path)).status).toBe(404);
    await someone.post(`/v1/conversations/${id}/restore`);
    expect((await someone.call(method, path)).status).toBe(200);
  });
});

describe("what followed a message", () => {
  it("leaves the path with it, though the message is an answer that failed", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "Hello [[tokens:2]]");
    const path = `/v1/conversations/${id}`;
    expect((await someone.post(`${path}/messages`, { content: "Oh [[fail:500]]" })).status).toBe(502);
    const failed = (await listed(someone, id)).at(-1);
    await someone.post(`${path}/messages`, { content: "Again [[tokens:2]]" });
    expect(await listed(someone, id)).toHaveLength(6);
    await someone.call("PATCH", `/v1/messages/${turns[0].user_message.id}`, { body: { content: "Anew [[tokens:2]]" } });
    expect(await listed(someone, id)).toHaveLength(2);
    await someone.call("PUT", `/v1/messages/${failed?.id}/active`);
    await someone.post(`/v1/messages/${failed?.id}/regenerate`);
    const contents = (await listed(someone, id)).map(({ content }) => content);
    expect([contents.length, contents[2]]).toEqual([4, "Oh [[fail:500]]"]);
  });

  it("leaves the path with it, though it was sent while the answer was written", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "Hello [[tokens:2]]");
    const writing = someone.post(`/v1/conversations/${id}/messages`, { content: "Slowly [[tokens:20]] [[pace:30]]" });
    await eventually(
      () => listed(someone, id),
      (messages) => messages.length === 4,
    );
    await someone.post(`/v1/conversations/${id}/messages`, { content: "Meanwhile [[tokens:2]]" });
    const { message } = (await writing).body;
    await someone.post(`/v1/messages/${message.id}/regenerate`);
    const contents = (await listed(someone, id)).map(({ content }) => content);
    expect([contents.length, contents[0]]).toEqual([4, turns[0].user_message.content]);
    expect((await someone.get(`/v1/conversations/${id}`)).body.total_messages).toBe(4);
  });

  it("leaves the path with it, pictures and what was said after them too", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "Hello [[tokens:2]]");
    const asked = { prompt: "a boat [[pace:0]]", image_size: "64x64", conversation_id: id };
    const { body: job } = await someone.post("/v1/generations", asked);
    const { message_id: pictureId } = (await someone.get(`/v1/generations/${job.id}?wait=60`)).body;
    await someone.post(`/v1/conversations/${id}/messages`, { content: "Nice [[tokens:2]]" });
    expect(idsOf(await listed(someone, id))[2]).toBe(pictureId);
    const edited = await someone.call("PATCH", `/v1/messages/${turns[0].user_message.id}`, {
      body: { content: "Anew [[tokens:2]]" },
    });
    const { user_message: question, message: answer } = edited.body;
    expect(idsOf(await listed(someone, id))).toEqual(idsOf([question, answer]));
    expect((await someone.get(`/v1/conversations/${id}`)).body.total_messages).toBe(2);
    // Pictures answer no message, so there is nothing to answer anew.
    expect((await someone.post(`/v1/messages/${pictureId}/regenerate`)).status).toBe(422);
    const shown = await someone.events("GET", `/v1/messages/${pictureId}/stream`);
    expect(shown.map(({ event }) => event)).toEqual(["delta", "message.completed", "done"]);
  });
});

describe("a message off the active path", () => {
  it("is answered anew in the light of what was before it there", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "My name is Ada", "What is my name?");
    const [first, second] = turns;
    await someone.call("PATCH", `/v1/messages/${first.user_message.id}`, { body: { content: "My name is Grace" } });
    const { body } = await someone.post(`/v1/messages/${second.message.id}/regenerate`);
    expect(body.message.content).toContain("Ada");
    const path = [first.user_message, first.message, second.user_message, body.message];
    expect(idsOf(await listed(someone, id))).toEqual(idsOf(path));
    expect((await someone.get(`/v1/conversations/${id}`)).body.total_messages).toBe(4);
  });
});

describe("versions that are made at once", () => {
  const numbers = async (client: Client, messageId: string) => {
    const { body } = await client.get(`/v1/messages/${messageId}/versions`);
    return body.data as { version: number; version_count: number; superseded: boolean }[];
  };

  it("have numbers of their own, one active path, and right totals", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "Hello [[tokens:3]]");
    const { user_message: question, message: answer } = turns[0];
    const regenerated = await Promise.all([1, 2, 3].map(() => someone.post(`/v1/messages/${answer.id}/regenerate`)));
    expect(regenerated.map(({ status }) => status)).toEqual([200, 200, 200]);
    const answers = await numbers(someone, answer.id);
    expect(answers.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4]);
    expect(answers.map(({ version_count: count }) => count)).toEqual([4, 4, 4, 4]);
    expect(answers.filter(({ superseded }) => !superseded)).toHaveLength(1);
    expect(await listed(someone, id)).toHaveLength(2);

    const edited = await Promise.all(
      ["One", "Two"].map((content) => someone.call("PATCH", `/v1/messages/${question.id}`, { body: { content } })),
    );
    expect(edited.map(({ status }) => status)).toEqual([200, 200]);
    const questions = await numbers(someone, question.id);
    expect(questions.map(({ version }) => version).sort()).toEqual([1, 2, 3]);
    expect(questions.map(({ version_count: count }) => count)).toEqual([3, 3, 3]);
    const path = await listed(someone, id);
    expect(path).toHaveLength(2);
    expect(edited.map(({ body }) => idsOf([body.user_message, body.message]))).toContainEqual(idsOf(path));
    expect((await someone.get(`/v1/conversations/${id}`)).body.total_messages).toBe(2);
  });

  it("leave the choice to whoever chooses another one while they are written", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "Hello [[tokens:20]] [[pace:30]]");
    const { user_message: question, message: answer } = turns[0];
    const writing = someone.events("POST", `/v1/messages/${answer.id}/regenerate`, { body: { stream: true } });
    await eventually(
      () => numbers(someone, answer.id),
      (versions) => versions.length === 2 && versions[0]?.superseded === true,
    );
    await someone.call("PUT", `/v1/messages/${answer.id}/active`);
    await writing;
    expect(idsOf(await listed(someone, id))).toEqual(idsOf([question, answer]));
    expect((await someone.get(`/v1/conversations/${id}`)).body.total_messages).toBe(2);
  });
});

describe("a new version that is refused", () => {
  it("is not counted, and moves nothing", async () => {
    const someone = await guest();
    const { id, turns } = await conversationOf(someone, "Hello");
    const path = `/v1/messages/${turns[0].user_message.id}`;
    expect((await someone.call("PATCH", path, { body: { content: "Hello again" } })).status).toBe(200);
    const before = await listed(someone, id);
    const content = [{ type: "image", value: { image_id: "img_none" } }];
    const refused = await someone.call("PATCH", path, { body: { content } });
    expect([refused.status, refused.body.errors[0].path]).toEqual([404, "images.0"]);
    expect(await listed(someone, id)).toEqual(before);
    const versions = (await someone.get(`${path}/versions`)).body.data;
    expect(versions.map(({ version_count: count }: { version_count: number }) => count)).toEqual([2, 2]);
  });
});

describe("a lost stream", () => {
  it("goes on from the last event with nothing missing or doubled", async () => {
    const someone = await guest();
    const response = await someone.raw("POST", "/v1/chat", {
      body: { content: "[[tokens:60]] [[pace:40]]", stream: true },
    });
    let messageId = "";
    let text = "";
    let lastId: string | undefined;
    for await (const { event, data, id } of readEvents(response)) {
      if (event === "message.created") messageId = data.message_id;
      if (event !== "delta") continue;
      text += data.text;
      lastId = id;
      if (text.split(" ").length > 15) break;
    }
    const rest = await someone.events("GET", `/v1/messages/${messageId}/stream`, {
      headers: { "last-event-id": lastId ?? "" },
    });
    const names = rest.map(({ event }) => event).filter((name, index, all) => name !== all[index - 1]);
    expect(names).toEqual(["delta", "message.completed", "done"]);
    for (const { event, data } of rest) if (event === "delta") text += data.text;
    expect(text).toBe(rest.find(({ event }) => event === "message.completed")?.data.message.content);
    expect(text.split(" ")).toHaveLength(60);
  });

  it("that failed tells its failure again, and no text twice, whichever event of its end was the last", async () => {
    const someone = await guest();
    const body = { content: "Hello [[fail-after:3]]", stream: true };
    const whole = await someone.events("POST", "/v1/chat", { body });
    const path = `/v1/messages/${whole.find(({ event }) => event === "message.created")?.data.message_id}/stream`;
    for (const seen of whole.slice(-3)) {
      const after = await someone.events("GET", path, { headers: { "last-event-id": seen.id ?? "" } });
      expect(after.map(({ event }) => event)).toEqual(["error", "done"]);
    }
  });

  it("begins anew without an id, and has nothing to add after the end", async () => {
    const someone = await guest();
    const { body } = await someone.post("/v1/chat", { content: "Hello" });
    const path = `/v1/messages/${body.message.id}/stream`;
    const whole = await someone.events("GET", path);
    expect(whole.map(({ event }) => event)).toEqual(["message.created", "delta", "message.completed", "done"]);
    for (const seen of [whole.at(-2), whole.at(-1)]) {
      const after = await someone.events("GET", path, { headers: { "last-event-id": seen?.id ?? "" } });
      expect(after).toEqual([whole.at(-1)]);
    }
    expect((await someone.get(`/v1/messages/${body.user_message.id}/stream`)).status).toBe(422);
  });
});

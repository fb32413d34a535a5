import { describe, expect, it } from "vitest";
import { anonymous, type Client, eventually, guest } from "../support/client.ts";

const path = "/v1/memories";
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

async function create(client: Client, body: object) {
  const answer = await client.post(path, body);
  expect(answer.status).toBe(201);
  return answer.body;
}

async function list(client: Client, query = "") {
  const answer = await client.get(`${path}${query}`);
  expect(answer.status).toBe(200);
  return answer.body;
}

const contents = (body: { data: { content: string }[] }) => body.data.map(({ content }) => content);

describe("memories", () => {
  it("are stored with what was given, and defaults for the rest", async () => {
    const someone = await guest();
    const bare = await create(someone, { content: "  Lives in Oslo " });
    expect(bare).toMatchObject({
      content: "Lives in Oslo",
      memory_type: "fact",
      importance: 5,
      tags: [],
      context: null,
      metadata: {},
      conversation_id: null,
      source: "user",
      expires_at: null,
    });
    expect(bare.id).toMatch(/^mem_/);
    const conversation = (await someone.post("/v1/conversations", {})).body;
    const expiresAt = inSeconds(3_600);
    const full = {
      content: "Prefers trains to planes",
      memory_type: "preference",
      importance: 9,
      tags: ["travel", "rail"],
      context: "When a trip is planned",
      metadata: { page: "trips" },
      conversation_id: conversation.id,
      expires_at: expiresAt,
    };
    const made = await create(someone, full);
    expect(made).toMatchObject(full);
    expect((await someone.get(`${path}/${made.id}`)).body).toEqual(made);
    expect(contents(await list(someone))).toEqual(["Prefers trains to planes", "Lives in Oslo"]);
  });

  it("show nothing of how they are stored", async () => {
    const someone = await guest();
    const made = await create(someone, { content: "Likes tea" });
    expect(Object.keys(made).sort()).toEqual(
      [
        "id",
        "memory_type",
        "content",
        "importance",
        "tags",
        "context",
        "metadata",
        "conversation_id",
        "source",
        "expires_at",
        "created_at",
        "updated_at",
      ].sort(),
    );
  });

  it("have tags in one spelling, each once, and are found by them in any", async () => {
    const someone = await guest();
    const made = await create(someone, { content: "Drives an old van", tags: [" #Road  Trip", "road trip", "VAN"] });
    expect(made.tags).toEqual(["road trip", "van"]);
    await create(someone, { content: "Something else", tags: ["vans"] });
    expect(contents(await list(someone, `?tag=${encodeURIComponent(" Road Trip ")}`))).toEqual(["Drives an old van"]);
    expect(contents(await list(someone, "?tag=van"))).toEqual(["Drives an old van"]);
    expect(contents(await list(someone, "?tag=none"))).toEqual([]);
  });

  it("are filtered by type and by words, which are no pattern", async () => {
    const someone = await guest();
    await create(someone, { content: "Pays 5$ (cash) for coffee", memory_type: "fact" });
    await create(someone, { content: "Prefers Coffee black", memory_type: "preference" });
    await create(someone, { content: "Works on a thesis", memory_type: "context" });
    expect(contents(await list(someone, "?type=preference"))).toEqual(["Prefers Coffee black"]);
    expect(contents(await list(someone, "?q=coffee"))).toEqual(["Prefers Coffee black", "Pays 5$ (cash) for coffee"]);
    expect(contents(await list(someone, "?q=coffee&type=fact"))).toEqual(["Pays 5$ (cash) for coffee"]);
    expect(contents(await list(someone, `?q=${encodeURIComponent("5$ (CASH)")}`))).toEqual([
      "Pays 5$ (cash) for coffee",
    ]);
    expect(contents(await list(someone, `?q=${encodeURIComponent(".*")}`))).toEqual([]);
  });

  it("are listed page by page, newest first, whatever is added meanwhile", async () => {
    const someone = await guest();
    for (let index = 0; index < 7; index += 1) await create(someone, { content: `Memory number ${index} here` });
    const seen: string[] = [];
    let cursor: string | null = "";
    for (let page = 0; cursor !== null && page < 10; page += 1) {
      const body = await list(someone, `?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
      expect(body.data.length).toBeLessThanOrEqual(3);
      seen.push(...contents(body));
      cursor = body.next_cursor;
      await create(someone, { content: `Added in between ${page}` });
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((index) => `Memory number ${index} here`));
  });

  it("change field by field", async () => {
    const someone = await guest();
    const made = await create(someone, {
      content: "Likes tea",
      importance: 3,
      tags: ["drinks"],
      context: "In the morning",
      expires_at: inSeconds(600),
    });
    const item = `${path}/${made.id}`;
    const raised = await someone.call("PATCH", item, { body: { importance: 10, expires_at: null, context: null } });
    expect(raised.status).toBe(200);
    expect(raised.body).toMatchObject({
      content: "Likes tea",
      importance: 10,
      tags: ["drinks"],
      context: null,
      expires_at: null,
    });
    const body = { content: "Likes green tea", memory_type: "preference", tags: [], metadata: { a: 1 } };
    const changed = await someone.call("PATCH", item, { body });
    expect(changed.body).toMatchObject({ ...body, importance: 10, created_at: made.created_at });
    expect((await someone.get(item)).body).toEqual(changed.body);
    expect((await someone.call("PATCH", item, { body: {} })).body).toMatchObject(body);
  });

  it("go for good, one or all", async () => {
    const someone = await guest();
    const other = await guest();
    await create(other, { content: "Stays" });
    const first = await create(someone, { content: "First" });
    await create(someone, { content: "Second" });
    await create(someone, { content: "Third" });
    expect((await someone.call("DELETE", `${path}/${first.id}`)).status).toBe(204);
    expect((await someone.call("DELETE", `${path}/${first.id}`)).status).toBe(404);
    expect((await someone.get(`${path}/${first.id}`)).status).toBe(404);
    expect(contents(await list(someone))).toEqual(["Third", "Second"]);
    expect((await someone.call("DELETE", path)).status).toBe(204);
    expect((await someone.call("DELETE", path)).status).toBe(204);
    expect(await list(someone)).toEqual({ data: [], next_cursor: null });
    expect(contents(await list(other))).toEqual(["Stays"]);
  });
});

describe("the same content", () => {
  it("is one memory: what is given again replaces what was there", async () => {
    const someone = await guest();
    const made = await create(someone, { content: "Lives in Oslo.", importance: 4, tags: ["home"], context: "Now" });
    const again = await someone.post(path, { content: " lives  in OSLO!! ", importance: 8 });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({
      id: made.id,
      content: "Lives in Oslo.",
      importance: 8,
      tags: ["home"],
      context: "Now",
    });
    const tagged = await someone.post(path, { content: "Lives in Oslo", tags: ["Norway"] });
    expect(tagged.body).toMatchObject({ id: made.id, importance: 8, tags: ["norway"] });
    expect((await list(someone)).data).toHaveLength(1);
  });

  it("is one memory also when it is sent many times at once", async () => {
    const someone = await guest();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_unused, index) =>
        someone.post(path, { content: index % 2 === 0 ? "Has two cats" : "has two CATS." }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(11);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await list(someone)).data).toHaveLength(1);
  });

  it("is two memories of two users", async () => {
    const [one, two] = [await guest(), await guest()];
    const first = await create(one, { content: "Has two cats" });
    const second = await create(two, { content: "Has two cats" });
    expect(first.id).not.toBe(second.id);
  });

  it("refuses a change that would make a second one", async () => {
    const someone = await guest();
    await create(someone, { content: "Likes tea" });
    const coffee = await create(someone, { content: "Likes coffee" });
    const item = `${path}/${coffee.id}`;
    const refused = await someone.call("PATCH", item, { body: { content: "LIKES TEA!" } });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "conflict", errors: [{ path: "content" }] });
    expect((await someone.get(item)).body.content).toBe("Likes coffee");
    const own = await someone.call("PATCH", item, { body: { content: "likes Coffee." } });
    expect(own.status).toBe(200);
    expect(own.body.content).toBe("likes Coffee.");
  });
});

describe("a memory that has expired", () => {
  it("is gone at that moment, and its content can be stored again", async () => {
    const someone = await guest();
    const made = await create(someone, { content: "On holiday this week", tags: ["now"], expires_at: inSeconds(1.5) });
    const item = `${path}/${made.id}`;
    await eventually(
      () => someone.get(item),
      ({ status }) => status === 404,
    );
    expect(await list(someone)).toMatchObject({ data: [] });
    expect(await list(someone, "?tag=now&type=fact&q=holiday")).toMatchObject({ data: [] });
    expect((await someone.call("PATCH", item, { body: { importance: 1 } })).status).toBe(404);
    expect((await someone.call("DELETE", item)).status).toBe(404);
    expect((await (await guest()).get(item)).status).toBe(404);
    const again = await create(someone, { content: "On holiday this week" });
    expect(again.id).not.toBe(made.id);
    expect(again).toMatchObject({ tags: [], expires_at: null });
  });

  it("is in the way of no other one that takes its words", async () => {
    const someone = await guest();
    const passing = await create(someone, { content: "Is in Rome", expires_at: inSeconds(1.5) });
    const other = await create(someone, { content: "Is in Paris" });
    await eventually(
      () => someone.get(`${path}/${passing.id}`),
      ({ status }) => status === 404,
    );
    const changed = await someone.call("PATCH", `${path}/${other.id}`, { body: { content: "Is in Rome" } });
    expect(changed.status).toBe(200);
  });
});

describe("somebody else's memory", () => {
  it("is forbidden, and stays as it is", async () => {
    const [owner, stranger] = [await guest(), await guest()];
    const made = await create(owner, { content: "Private matter", tags: ["secret"] });
    const item = `${path}/${made.id}`;
    for (const answer of [
      await stranger.get(item),
      await stranger.call("PATCH", item, { body: { content: "Taken over" } }),
      await stranger.call("DELETE", item),
    ]) {
      expect(answer.status).toBe(403);
      expect(answer.body.code).toBe("forbidden");
      expect(JSON.stringify(answer.body)).not.toContain("Private");
    }
    for (const query of ["", "?tag=secret", "?q=private", "?type=fact"]) {
      expect((await list(stranger, query)).data).toEqual([]);
    }
    expect((await owner.get(item)).body).toEqual(made);
  });

  it("cannot be tied to somebody else's conversation", async () => {
    const [owner, stranger] = [await guest(), await guest()];
    const conversation = (await owner.post("/v1/conversations", {})).body;
    const body = { content: "Tied", conversation_id: conversation.id };
    expect((await stranger.post(path, body)).status).toBe(403);
    expect((await stranger.post(path, { ...body, conversation_id: "conv_none" })).status).toBe(404);
    expect((await list(stranger)).data).toEqual([]);
  });

  it("is not to be had without signing in", async () => {
    const nobody = anonymous();
    for (const [method, where] of [
      ["GET", path],
      ["POST", path],
      ["DELETE", path],
      ["GET", `${path}/mem_x`],
      ["PATCH", `${path}/mem_x`],
      ["DELETE", `${path}/mem_x`],
    ] as const) {
      expect((await nobody.call(method, where)).status).toBe(401);
    }
  });
});

describe("bad input", () => {
  it.each<[string, unknown, string]>([
    ["no content", {}, "content"],
    ["an empty content", { content: "  \n " }, "content"],
    ["a content that is no text", { content: 5 }, "content"],
    ["a content that is too long", { content: "x".repeat(2_001) }, "content"],
    ["an unknown type", { content: "x", memory_type: "opinion" }, "memory_type"],
    ["an importance below the range", { content: "x", importance: 0 }, "importance"],
    ["an importance above the range", { content: "x", importance: 11 }, "importance"],
    ["an importance that is not whole", { content: "x", importance: 1.5 }, "importance"],
    ["an importance as text", { content: "x", importance: "5" }, "importance"],
    ["tags that are no list", { content: "x", tags: "home" }, "tags"],
    ["an empty tag", { content: "x", tags: ["a", " # "] }, "tags.1"],
    ["a tag that is too long", { content: "x", tags: ["t".repeat(51)] }, "tags.0"],
    ["too many tags", { content: "x", tags: Array.from({ length: 21 }, (_unused, index) => `t${index}`) }, "tags"],
    ["an expiry that has passed", { content: "x", expires_at: "2020-01-01T00:00:00.000Z" }, "expires_at"],
    ["an expiry that is no time", { content: "x", expires_at: "tomorrow" }, "expires_at"],
    ["metadata with an operator's name", { content: "x", metadata: { $where: 1 } }, "metadata"],
    ["metadata that is too big", { content: "x", metadata: { a: "x".repeat(20_000) } }, "metadata"],
    ["a context that is too long", { content: "x", context: "c".repeat(501) }, "context"],
    ["a field that is not known", { content: "x", user_id: "user_other" }, "user_id"],
    ["a source", { content: "x", source: "tool" }, "source"],
  ])("is refused and named: %s", async (_name, body, field) => {
    const someone = await guest();
    const { status, body: problem } = await someone.post(path, body);
    expect(status).toBe(400);
    expect(problem.code).toBe("validation_failed");
    expect(problem.errors.map((error: { path: string }) => error.path)).toContain(field);
    expect((await list(someone)).data).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["an empty content", { content: "" }, "content"],
    ["no importance", { importance: null }, "importance"],
    ["an expiry that has passed", { expires_at: inSeconds(-1) }, "expires_at"],
    ["the conversation", { conversation_id: "conv_x" }, "conversation_id"],
    ["the id", { id: "mem_x" }, "id"],
  ])("of a change is refused too: %s", async (_name, body, field) => {
    const someone = await guest();
    const made = await create(someone, { content: "Stays as it is" });
    const answer = await someone.call("PATCH", `${path}/${made.id}`, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(field);
    expect((await someone.get(`${path}/${made.id}`)).body).toEqual(made);
  });

  it.each([
    ["?limit=0", "limit"],
    ["?limit=101", "limit"],
    ["?cursor=nonsense", "cursor"],
    [`?cursor=${Buffer.from('["x","y"]').toString("base64url")}`, "cursor"],
    ["?type=opinion", "type"],
    ["?tag=", "tag"],
    ["?q=", "q"],
    [`?q=${"x".repeat(201)}`, "q"],
  ])("of a list is refused and named: %s", async (query, field) => {
    const { status, body } = await (await guest()).get(`${path}${query}`);
    expect(status).toBe(400);
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(field);
  });

  it("answers what is no memory, and what is no method", async () => {
    const someone = await guest();
    for (const id of ["mem_none", "%24ne", "conv_x", "x".repeat(64)]) {
      expect((await someone.get(`${path}/${id}`)).status).toBe(404);
      expect((await someone.call("PATCH", `${path}/${id}`, { body: { importance: 1 } })).status).toBe(404);
      expect((await someone.call("DELETE", `${path}/${id}`)).status).toBe(404);
    }
    expect((await someone.get(`${path}/${"x".repeat(65)}`)).status).toBe(400);
    expect((await someone.raw("POST", path, { body: '{"content":' })).status).toBe(400);
    const wrong = await someone.call("PUT", path, { body: {} });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get("allow")).toContain("DELETE");
  });
});

describe("the limit", () => {
  it("is 1,000 memories a user, whoever comes at once; known ones still change", { timeout: 90_000 }, async () => {
    const someone = await guest();
    const create = (index: number) => someone.post(path, { content: `Number ${index} of many` });
    for (let from = 0; from < 998; from += 40) {
      const count = Math.min(40, 998 - from);
      const answers = await Promise.all(Array.from({ length: count }, (_unused, index) => create(from + index)));
      expect(answers.every(({ status }) => status === 201)).toBe(true);
    }
    expect((await someone.post(path, { content: "Passing", expires_at: inSeconds(1.5) })).status).toBe(201);
    await eventually(
      () => list(someone, "?q=passing"),
      ({ data }) => data.length === 0,
    );
    const last = [await create(998), await create(999)];
    expect(last.map(({ status }) => status)).toEqual([201, 201]);
    const over = await Promise.all([1_000, 1_001, 1_002].map(create));
    for (const { status, body } of over) {
      expect(status).toBe(422);
      expect(body.code).toBe("unprocessable");
    }
    expect((await someone.post(path, { content: "number 5 of MANY", importance: 9 })).status).toBe(200);
    const page = await list(someone, "?limit=100");
    expect(page.data).toHaveLength(100);
    expect(contents(page)).not.toContain("Number 1000 of many");
    const newest = page.data[0];
    expect((await someone.call("DELETE", `${path}/${newest.id}`)).status).toBe(204);
    expect((await create(1_000)).status).toBe(201);
    expect((await create(1_001)).status).toBe(422);
  });
});

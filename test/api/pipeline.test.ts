import { describe, expect, it } from "vitest";
import { routes } from "../../src/functions/routes.ts";
import { anonymous, guest } from "../support/client.ts";

describe("every answer", () => {
  it("carries a request id, the client's own when it is sane", async () => {
    const own = await anonymous().get("/health", { headers: { "x-request-id": "my-id.1" } });
    expect(own.headers.get("x-request-id")).toBe("my-id.1");
    const insane = await anonymous().get("/health", { headers: { "x-request-id": "a b<c>" } });
    expect(insane.headers.get("x-request-id")).toMatch(/^req_/);
  });

  it("is not cached and not sniffed", async () => {
    const { headers } = await anonymous().get("/health");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("tells the limit, also when the request was counted and then refused", async () => {
    const someone = await guest();
    const answers = [
      await someone.get("/v1/conversations"),
      await someone.post("/v1/chat", { content: "" }),
      await someone.post("/v1/chat", "{"),
      await someone.get("/v1/conversations/conv_unknown"),
      await someone.post("/openai/v1/chat/completions", { model: "unknown", messages: [] }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400, 404, 400]);
    for (const { headers } of answers) {
      for (const name of ["limit", "remaining", "reset"]) expect(headers.get(`ratelimit-${name}`)).toMatch(/^\d+$/);
    }
  });

  it("is a problem for an unknown path, whatever the method", async () => {
    for (const method of ["GET", "POST", "DELETE"]) {
      const { status, body, headers } = await anonymous().call(method, "/v1/nothing/here");
      expect(status).toBe(404);
      expect(headers.get("content-type")).toContain("application/problem+json");
      expect(body).toMatchObject({ code: "not_found", status: 404, request_id: expect.any(String) });
    }
  });

  it("tells the methods of a path for a wrong one", async () => {
    const { status, body, headers } = await anonymous().call("PUT", "/v1/chat");
    expect(status).toBe(405);
    expect(body.code).toBe("method_not_allowed");
    expect(headers.get("allow")).toBe("POST, OPTIONS");
  });

  it("answers HEAD like GET without a body", async () => {
    const response = await anonymous().raw("HEAD", "/health");
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});

describe("CORS", () => {
  const origin = "http://localhost:3000";

  it("answers a preflight for an allowed origin", async () => {
    const { status, headers } = await anonymous().call("OPTIONS", "/v1/chat", {
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-allow-methods")).toContain("POST");
    expect(headers.get("access-control-allow-headers")).toContain("idempotency-key");
  });

  it("gives no other origin anything", async () => {
    const { headers } = await anonymous().get("/health", { headers: { origin: "https://evil.example" } });
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("bodies", () => {
  it("refuses what is not JSON", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/conversations", "{not json");
    expect([status, body.code]).toEqual([400, "malformed_json"]);
  });

  it("refuses other media types", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/conversations", "title=x", {
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect([status, body.code]).toEqual([415, "unsupported_media_type"]);
  });

  it("refuses what is too large, announced or not", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/conversations", { title: "x".repeat(1_100_000) });
    expect([status, body.code]).toEqual([413, "payload_too_large"]);
  });

  it("names every field that is wrong", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/conversations", {
      title: 7,
      metadata: { temperature: "hot", unknown: 1 },
      status: "active",
    });
    expect(status).toBe(400);
    expect(body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      "metadata.temperature",
      "metadata.unknown",
      "status",
      "title",
    ]);
  });

  it.each([
    ["a deep one", `{"custom":{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}}`],
    ["a name that no document can have", '{"custom":{"a":{"b\\u0000c":1}}}'],
  ])("refuses %s where anything may be in a field", async (_, sent) => {
    const { status, body } = await (await guest()).call("PUT", "/v1/users/me/settings", { body: sent });
    expect([status, body.code]).toEqual([400, "validation_failed"]);
  });

  it("takes operators and prototypes for the plain text or unknown field that they are", async () => {
    const someone = await guest();
    const inField = await someone.post("/v1/conversations", { title: { $ne: null } });
    expect(inField.status).toBe(400);
    const prototype = await someone.post("/v1/conversations", '{"__proto__": {"role": "admin"}, "title": "x"}');
    expect(prototype.status).toBe(400);
    const missing = await someone.get("/v1/conversations/%7B%22%24ne%22%3Anull%7D");
    expect(missing.status).toBe(404);
  });
});

describe("what needs an account", () => {
  it("is refused without one, on every route", async () => {
    const guarded = routes.filter((route) => route.auth === "user" && !route.path.startsWith("/openai/"));
    expect(guarded.length).toBeGreaterThan(10);
    for (const { method, path } of guarded) {
      const { status, body } = await anonymous().call(method, path.replace(/\{[^}]+\}/g, "some_id"));
      expect([method, path, status, body.code]).toEqual([method, path, 401, "unauthenticated"]);
    }
  });
});

describe("lists", () => {
  it("page through everything once, stable while something is added", async () => {
    const someone = await guest();
    for (const title of ["a", "b", "c", "d", "e"]) await someone.post("/v1/conversations", { title });
    const first = (await someone.get("/v1/conversations?limit=2")).body;
    await someone.post("/v1/conversations", { title: "newer" });
    const second = (await someone.get(`/v1/conversations?limit=2&cursor=${first.next_cursor}`)).body;
    const third = (await someone.get(`/v1/conversations?limit=2&cursor=${second.next_cursor}`)).body;
    const titles = [first, second, third].flatMap((page) => page.data.map(({ title }: { title: string }) => title));
    expect(titles).toEqual(["e", "d", "c", "b", "a"]);
    expect(third.next_cursor).toBeNull();
  });

  it.each([
    "limit=0",
    "limit=101",
    "limit=x",
    "cursor=nonsense",
    "cursor=WzEsMl0",
    "cursor=WzllMTUsIngiXQ",
    "status=gone",
  ])("refuses ?%s", async (query) => {
    const someone = await guest();
    const { status, body } = await someone.get(`/v1/conversations?${query}`);
    expect([status, body.code]).toEqual([400, "validation_failed"]);
    expect(body.errors[0].path).toBe(query.split("=")[0]);
  });
});

describe("idempotency keys", () => {
  it("give the first answer again and make nothing twice", async () => {
    const someone = await guest();
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = { prompt: "a red boat [[pace:0]]", image_size: "64x64" };
    const first = await someone.post("/v1/generations", body, { headers });
    const second = await someone.post("/v1/generations", body, { headers });
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    expect(second.body).toEqual(first.body);
    expect((await someone.get("/v1/generations")).body.data).toHaveLength(1);
  });

  it("refuse another body, and belong to one account", async () => {
    const [one, two] = [await guest(), await guest()];
    const headers = { "idempotency-key": crypto.randomUUID() };
    const small = { image_size: "64x64" };
    await one.post("/v1/generations", { prompt: "first", ...small }, { headers });
    const other = await one.post("/v1/generations", { prompt: "second", ...small }, { headers });
    expect([other.status, other.body.code]).toEqual([422, "unprocessable"]);
    const elsewhere = await two.post("/v1/generations", { prompt: "second", ...small }, { headers });
    expect(elsewhere.status).toBe(202);
  });

  it("tell that the first request still runs", async () => {
    const someone = await guest();
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = { content: "slowly [[delay:700]] [[tokens:3]]" };
    const first = someone.post("/v1/chat", body, { headers });
    const answers = [];
    for (let settled = false; !settled; ) {
      const next = await someone.post("/v1/chat", body, { headers });
      answers.push(next.status);
      settled = next.status === 200;
    }
    // The two began in the same moment, each on a connection of its own: either may be the one that came first.
    answers.push((await first).status);
    expect(answers).toContain(409);
    expect(answers).toContain(200);
    expect(await someone.balance()).toBe(19);
  });

  it("let a failed request be tried again", async () => {
    const someone = await guest();
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = { content: "[[fail:500]]" };
    expect((await someone.post("/v1/chat", body, { headers })).status).toBe(502);
    expect((await someone.post("/v1/chat", body, { headers })).status).toBe(502);
    expect(await someone.balance()).toBe(20);
  });

  it("replay a stream from what was stored", async () => {
    const someone = await guest();
    const options = { headers: { "idempotency-key": crypto.randomUUID() }, body: { content: "hello", stream: true } };
    const first = await someone.events("POST", "/v1/chat", options);
    const second = await someone.events("POST", "/v1/chat", options);
    const completed = (events: typeof first) => events.find(({ event }) => event === "message.completed")?.data.message;
    expect(second.map(({ event }) => event)).toEqual([
      "conversation",
      "message.created",
      "delta",
      "message.completed",
      "done",
    ]);
    expect(completed(second)).toEqual(completed(first));
    expect(await someone.balance()).toBe(19);
  });
});

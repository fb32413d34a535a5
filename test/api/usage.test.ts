import { describe, expect, it } from "vitest";
import { Client, eventually, guest } from "../support/client.ts";

const today = () => new Date().toISOString().slice(0, 10);
const usage = async (client: Client) => (await client.get("/v1/users/me/usage")).body;

async function paint(client: Client, prompt: string): Promise<void> {
  const { body } = await client.post("/v1/generations", { prompt, image_size: "64x64" });
  await client.get(`/v1/generations/${body.id}?wait=30`);
}

describe("the usage of an account", () => {
  it("counts requests, answers, tokens, pictures, credits and errors by day", async () => {
    const someone = await guest();
    await someone.post("/v1/chat", { content: "[[tokens:20]] Hello" });
    await paint(someone, "a boat [[pace:1]]");
    await someone.get("/v1/conversations/conv_none");
    const used = await eventually(
      () => usage(someone),
      ({ totals }) => totals.images === 1 && totals.chat_messages === 1 && totals.errors === 1,
    );
    expect(used.data).toHaveLength(30);
    expect(used.data.at(-1)).toMatchObject({ date: today(), chat_messages: 1, images: 1, credits: 2, errors: 1 });
    expect(used.data.at(-1).requests).toBeGreaterThanOrEqual(3);
    expect(used.data.at(-1).tokens).toBeGreaterThanOrEqual(20);
    expect(used.data[0]).toEqual({
      date: used.from,
      requests: 0,
      chat_messages: 0,
      tokens: 0,
      images: 0,
      credits: 0,
      errors: 0,
    });
    expect(used.to).toBe(today());
    const { spent } = (await someone.get("/v1/users/me/credits")).body;
    expect(used.totals.credits).toBe(spent);
  });

  it("counts a streamed answer when it has ended", async () => {
    const someone = await guest();
    await someone.events("POST", "/v1/chat", { body: { content: "[[tokens:5]] Hello", stream: true } });
    const { totals } = await eventually(
      () => usage(someone),
      (used) => used.totals.chat_messages === 1,
    );
    expect(totals.credits).toBe(1);
  });

  it("is nobody else's", async () => {
    const [busy, quiet] = [await guest(), await guest()];
    await busy.post("/v1/chat", { content: "[[tokens:5]] Hello" });
    await eventually(
      () => usage(busy),
      ({ totals }) => totals.chat_messages === 1,
    );
    expect((await usage(quiet)).totals).toMatchObject({ chat_messages: 0, credits: 0 });
  });

  it("is given for the days that are asked for, both ends included", async () => {
    const someone = await guest();
    const { body } = await someone.get("/v1/users/me/usage?from=2026-01-30&to=2026-02-02");
    expect(body.data.map(({ date }: { date: string }) => date)).toEqual([
      "2026-01-30",
      "2026-01-31",
      "2026-02-01",
      "2026-02-02",
    ]);
    const longest = await someone.get("/v1/users/me/usage?from=2026-01-01T10:00:00Z&to=2026-03-31");
    expect(longest.body.data).toHaveLength(90);
  });

  it.each([
    ["from=2026-02-02&to=2026-01-30", "from"],
    ["to=0000-01-05", "to"],
    ["to=9999-12-31T23:59:59-10:00", "to"],
    ["from=2026-01-01&to=2026-04-01", "from"],
    ["from=yesterday", "from"],
    ["to=2026-02-30", "to"],
    ["from[$gt]=2026-01-01&to=x", "to"],
  ])("refuses %s", async (query, path) => {
    const { status, body } = await (await guest()).get(`/v1/users/me/usage?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "validation_failed", errors: [{ path }] });
  });

  it("needs an account", async () => {
    const { baseUrl } = await guest();
    expect((await new Client(baseUrl).get("/v1/users/me/usage")).status).toBe(401);
    expect((await new Client(baseUrl).get("/v1/users/me/stats")).status).toBe(401);
  });
});

describe("the statistics of an account", () => {
  it("begin with zeros", async () => {
    const someone = await guest();
    const { body } = await someone.get("/v1/users/me/stats");
    expect(body).toMatchObject({
      conversations: { total: 0, archived: 0 },
      messages: 0,
      tokens: 0,
      generations: { total: 0, pending: 0, processing: 0, completed: 0, failed: 0, cancelled: 0 },
      images: { count: 0, bytes: 0 },
      files: { count: 0, bytes: 0 },
      storage_bytes: 0,
      credits: { balance: 20, held: 0, spent: 0, granted: 20 },
      last_generation_at: null,
    });
    expect(Date.parse(body.since)).toBeLessThanOrEqual(Date.now());
  });

  it("say what there is", async () => {
    const someone = await guest();
    await someone.post("/v1/chat", { content: "[[tokens:5]] Hello" });
    await paint(someone, "a boat [[pace:1]]");
    await paint(someone, "a wreck [[fail:content_filter]]");
    await someone.raw("POST", "/v1/files", {
      body: "some text",
      headers: { "content-type": "text/plain", "x-file-name": "note.txt" },
    });
    const { body } = await someone.get("/v1/users/me/stats");
    expect(body).toMatchObject({
      conversations: { total: 2, archived: 0 },
      messages: 3,
      generations: { total: 2, completed: 1, failed: 1 },
      images: { count: 1 },
      files: { count: 1, bytes: 9 },
      credits: { balance: 18, spent: 2 },
    });
    expect(body.storage_bytes).toBe(body.images.bytes + 9);
  });
});

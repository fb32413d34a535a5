import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, guest, readEvents } from "../support/client.ts";
import { type Surroundings, startSurroundings } from "../support/instances.ts";
import type { RunningMuse } from "../support/muse.ts";

/** Two instances on one database and one storage account, as two workers on Azure. */

let surroundings: Surroundings;
let instances: [RunningMuse, RunningMuse];

beforeAll(async () => {
  surroundings = await startSurroundings();
  instances = [await surroundings.start("one"), await surroundings.start("two")];
});

afterAll(() => surroundings.end());

describe("two instances", () => {
  it("stop an answer that the other one writes, within a second", async () => {
    const [writer, other] = instances;
    const here = await guest(writer.url);
    const there = new Client(other.url, here.token);
    const response = await here.raw("POST", "/v1/chat", { body: { content: "[[stall]] [[tokens:9]]", stream: true } });
    let askedAt = 0;
    let completed: { is_stopped: boolean } | undefined;
    let stopping: Promise<{ status: number; body: unknown }> | undefined;
    for await (const { event, data } of readEvents(response)) {
      if (event === "message.created") {
        askedAt = performance.now();
        stopping = there.post(`/v1/messages/${data.message_id}/stop`);
      }
      if (event === "message.completed") completed = data.message;
    }
    expect(performance.now() - askedAt).toBeLessThan(1_000);
    expect(completed?.is_stopped).toBe(true);
    expect(await stopping).toMatchObject({ status: 200, body: { is_stopped: true, status: "complete" } });
  });

  it("make each job once between them", async () => {
    const [first, second] = instances;
    const someone = await guest(first.url);
    const there = new Client(second.url, someone.token);
    const accepted = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? someone : there).post("/v1/generations", {
          prompt: `boat ${index} [[pace:5]]`,
          image_size: "64x64",
        }),
      ),
    );
    const done = await Promise.all(
      accepted.map(async ({ body }) => (await someone.get(`/v1/generations/${body.id}?wait=60`)).body),
    );
    expect(done.map(({ status }) => status)).toEqual(Array(12).fill("completed"));
    const credits = (await there.get("/v1/users/me/credits?limit=100")).body;
    expect(credits).toMatchObject({ balance: 8, held: 0, spent: 12 });
    expect(credits.ledger.filter(({ reason }: { reason: string }) => reason === "generation")).toHaveLength(12);
    const conversations = (await there.get("/v1/conversations?limit=100")).body.data;
    expect(conversations).toHaveLength(12);
    expect(conversations.every(({ total_messages }: { total_messages: number }) => total_messages === 1)).toBe(true);
  });

  it("replay each other's idempotent answers and share their limits", async () => {
    const [first, second] = instances;
    const someone = await guest(first.url);
    const there = new Client(second.url, someone.token);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = { content: "Hello" };
    const here = await someone.post("/v1/chat", body, { headers });
    const again = await there.post("/v1/chat", body, { headers });
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.body).toEqual(here.body);
    const remaining = async (client: Client) =>
      Number((await client.post("/v1/chat", { content: "[[tokens:1]]" })).headers.get("ratelimit-remaining"));
    const before = await remaining(someone);
    expect(await remaining(there)).toBe(before - 1);
  });
});

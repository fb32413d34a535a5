import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, eventually, guest } from "../support/client.ts";
import { type Surroundings, startSurroundings } from "../support/instances.ts";
import type { RunningMuse } from "../support/muse.ts";
import { startReceiver } from "../support/receiver.ts";

/** Two instances on one database and one storage account; one of them dies. */

let surroundings: Surroundings;
let survivor: RunningMuse;
let victim: RunningMuse;

beforeAll(async () => {
  surroundings = await startSurroundings();
  survivor = await surroundings.start("one");
  victim = await surroundings.start("two");
});

afterAll(() => surroundings.end());

const quick = { image_size: "64x64" } as const;

async function submit(client: Client, body: object): Promise<string> {
  const accepted = await client.post("/v1/generations", { ...quick, ...body });
  expect(accepted.status).toBe(202);
  return accepted.body.id;
}

const statusOf = async (client: Client, id: string): Promise<string> =>
  (await client.get(`/v1/generations/${id}`)).body.status;

/** As the host does within the minute. */
async function runTimer(name: string): Promise<void> {
  const { status } = await fetch(`${survivor.url}/admin/functions/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: "" }),
  });
  expect(status).toBe(202);
}

describe("two instances", () => {
  it("serve users in turn: many jobs of one do not hold the only one of another up", async () => {
    const [busy, other] = [await guest(survivor.url), await guest(victim.url)];
    const many: string[] = [];
    for (let count = 0; count < 10; count += 1) many.push(await submit(busy, { prompt: "many [[pace:80]]" }));
    const only = await submit(other, { prompt: "one [[pace:80]]" });
    const running = async () =>
      (await busy.get("/v1/generations?status=processing")).body.data.filter(({ id }: { id: string }) =>
        many.includes(id),
      ).length;
    const done = await eventually(
      async () => {
        expect(await running()).toBeLessThanOrEqual(2);
        return (await other.get(`/v1/generations/${only}`)).body;
      },
      ({ status }) => status === "completed",
    );
    const all = await Promise.all(many.map(async (id) => (await busy.get(`/v1/generations/${id}?wait=60`)).body));
    expect(all.map(({ status }) => status)).toEqual(Array(10).fill("completed"));
    const before = all.filter(({ completed_at: at }) => at < done.completed_at);
    expect(before.length).toBeLessThanOrEqual(5);
    const starts = all.map(({ started_at: at }) => at);
    expect(starts).toEqual([...starts].sort());
  });

  it("cancel each other's jobs at once, and tell so", async () => {
    const here = await guest(survivor.url);
    const there = new Client(victim.url, here.token);
    const receiver = await startReceiver();
    surroundings.atEnd(async () => receiver.close());
    const id = await submit(here, { prompt: "x [[stall]]", webhook_url: receiver.url });
    await eventually(
      () => statusOf(here, id),
      (status) => status === "processing",
    );
    const next = await submit(here, { prompt: "next" });
    expect((await there.post(`/v1/generations/${id}/cancel`)).status).toBe(200);
    expect((await here.get(`/v1/generations/${next}?wait=30`)).body.status).toBe("completed");
    const [told] = await eventually(
      async () => receiver.received,
      (all) => all.length > 0,
    );
    expect(JSON.parse(told?.body ?? "")).toMatchObject({ id, status: "cancelled" });
    expect((await here.get("/v1/users/me/credits")).body).toMatchObject({ balance: 19, held: 0, spent: 1 });
  });

  it("finish what the other one began when it is killed, once each, and tell the receivers all the same", async () => {
    // It refuses whatever comes first, so that some of the telling is left for the survivor.
    const receiver = await startReceiver((request) => (request < 3 ? 503 : 200));
    surroundings.atEnd(async () => receiver.close());
    const owners = await Promise.all(Array.from({ length: 4 }, () => guest(survivor.url)));
    const jobs: { owner: Client; id: string }[] = [];
    for (const [index, owner] of owners.entries()) {
      for (const pace of [20, 300 + 200 * index, 100]) {
        const body = { prompt: `a boat [[pace:${pace}]]`, num_images: 2, webhook_url: receiver.url };
        jobs.push({ owner, id: await submit(owner, body) });
      }
    }
    await eventually(
      () => Promise.all(jobs.map(({ owner, id }) => statusOf(owner, id))),
      (statuses) => statuses.includes("completed") && statuses.filter((status) => status === "processing").length >= 4,
    );
    await victim.kill();
    for (const { owner, id } of jobs) {
      const done = await eventually(
        async () => {
          await runTimer("requeue-lost-jobs");
          return (await owner.get(`/v1/generations/${id}?wait=4`)).body;
        },
        ({ status }) => status === "completed",
        90_000,
      );
      expect(done.images).toHaveLength(2);
      const { data } = (await owner.get(`/v1/conversations/${done.conversation_id}/messages`)).body;
      expect(data).toHaveLength(1);
      expect(data[0].images).toHaveLength(2);
    }
    for (const owner of owners) {
      const { body } = await owner.get("/v1/users/me/credits");
      expect(body).toMatchObject({ held: 0, holds: {}, spent: 6, granted: 20, balance: 14 });
      expect(body.ledger.filter(({ reason }: { reason: string }) => reason === "generation")).toHaveLength(3);
      expect((await owner.get("/v1/images?limit=100")).body.data).toHaveLength(6);
    }
    const told = await eventually(
      async () => {
        await runTimer("requeue-lost-jobs");
        return new Set(receiver.received.slice(3).map(({ body }) => JSON.parse(body).id));
      },
      (ids) => jobs.every(({ id }) => ids.has(id)),
      90_000,
    );
    expect(told.size).toBe(12);
  });
});

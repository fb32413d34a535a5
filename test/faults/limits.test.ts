import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, eventually, guest, readEvents } from "../support/client.ts";
import { type Surroundings, startSurroundings } from "../support/instances.ts";
import type { RunningMuse } from "../support/muse.ts";

/** Limits as they are in production, held by two instances on one database. */

let surroundings: Surroundings;
let instances: [RunningMuse, RunningMuse];
let driver: MongoClient;
/** Made before this address has used its guests up. */
let spare: [Client, Client];

beforeAll(async () => {
  surroundings = await startSurroundings();
  driver = await new MongoClient(surroundings.databaseUri).connect();
  surroundings.atEnd(() => driver.close());
  const asInProduction = { RATE_LIMIT_FACTOR: "1" };
  instances = [await surroundings.start("one", asInProduction), await surroundings.start("two", asInProduction)];
  spare = await onBoth();
});

afterAll(() => surroundings.end());

/** One account, seen from both instances in turn. */
async function onBoth(): Promise<[Client, Client]> {
  const here = await guest(instances[0].url);
  return [here, new Client(instances[1].url, here.token)];
}

/** A stream that says nothing and does not end until it is stopped. */
async function stalled(client: Client): Promise<{ status: number; messageId?: string; problem?: unknown }> {
  const response = await client.raw("POST", "/v1/chat", { body: { content: "[[stall]]", stream: true } });
  if (response.status !== 200) return { status: response.status, problem: await response.json() };
  for await (const { event, data } of readEvents(response)) {
    if (event === "message.created") return { status: 200, messageId: data.message_id };
  }
  throw new Error("the stream ended without a message");
}

describe("limits that two instances share", () => {
  it("let exactly as many requests through as are allowed, however they come", async () => {
    // They are counted before they are read, so empty ones do. Within one window, so that the number is exact.
    await eventually(
      async () => new Date().getUTCSeconds(),
      (second) => second < 50,
    );
    const clients = await onBoth();
    const answers = await Promise.all(
      Array.from({ length: 90 }, (_unused, index) => clients[index % 2 === 0 ? 0 : 1].post("/v1/chat", {})),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(60);
    expect(refused).toHaveLength(30);
    for (const { headers, body } of refused) {
      expect(body.code).toBe("rate_limited");
      expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(headers.get("ratelimit-limit")).toBe("60");
      expect(headers.get("ratelimit-remaining")).toBe("0");
    }
    // What was refused is not counted: the time that was told holds, however often somebody asks before.
    const { id } = (await clients[0].get("/v1/users/me")).body;
    const log = await driver.db(surroundings.databaseName).collection("rate_limit_logs").findOne({
      user_id: id,
      endpoint: "chat",
    });
    expect(log).toMatchObject({ request_count: 60 });
    // Another account, and another limit of this one, are not touched.
    expect((await (await guest(instances[0].url)).post("/v1/chat", {})).status).toBe(400);
    expect((await clients[0].get("/v1/users/me")).headers.get("ratelimit-limit")).toBe("600");
  });

  it("let an account have three answers written at a time, wherever they are written", async () => {
    const clients = await onBoth();
    const begun = await Promise.all(
      Array.from({ length: 8 }, (_unused, index) => stalled(clients[index % 2 === 0 ? 0 : 1])),
    );
    const running = begun.flatMap(({ messageId }) => messageId ?? []);
    expect(running).toHaveLength(3);
    expect(begun.filter(({ status }) => status === 429)).toHaveLength(5);
    expect(begun.find(({ status }) => status === 429)?.problem).toMatchObject({
      code: "rate_limited",
      detail: expect.stringContaining("3 answers"),
    });
    const models = (await clients[1].get("/openai/v1/models")).body.data;
    const throughTheDoor = await clients[1].post("/openai/v1/chat/completions", {
      model: models[0].id,
      messages: [{ role: "user", content: "Hello" }],
    });
    expect(throughTheDoor.status).toBe(429);

    await clients[1].post(`/v1/messages/${running[0]}/stop`);
    const { status } = await eventually(
      () => clients[0].post("/v1/chat", { content: "[[tokens:2]] Hello" }),
      (answer) => answer.status !== 429,
    );
    expect(status).toBe(200);
    await Promise.all(running.map((messageId) => clients[0].post(`/v1/messages/${messageId}/stop`)));
    expect((await clients[0].get("/v1/users/me/credits")).body.held).toBe(0);
  });

  it("hold anonymous requests by their address, to the end of their window", async () => {
    const [first, second] = instances;
    const tries = await Promise.all(
      Array.from({ length: 40 }, (_unused, index) =>
        new Client((index % 2 === 0 ? first : second).url).post("/v1/auth/guest"),
      ),
    );
    const refused = tries.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  });

  it("lose nothing of what was used when an instance is shut down", async () => {
    const [, second] = instances;
    const [here, there] = spare;
    await there.post("/v1/chat", { content: "[[tokens:2]] Hello" });
    await second.stop();
    const { body } = await here.get("/v1/users/me/usage");
    expect(body.totals).toMatchObject({ chat_messages: 1, credits: 1 });
    expect(body.totals.requests).toBeGreaterThanOrEqual(1);
  });
});

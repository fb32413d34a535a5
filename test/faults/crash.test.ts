import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client, eventually, guest, readEvents } from "../support/client.ts";
import { type RunningMuse, startMuse } from "../support/muse.ts";

/**
 * The whole app is killed (SIGKILL, nothing is cleaned up) in the middle of its work and started again on the same
 * folder. What was acknowledged must be there, once, and the books must agree.
 */

let folder: string;
let muse: RunningMuse;

const start = async () => {
  muse = await startMuse({ dataFolder: folder, environment: { RATE_LIMIT_FACTOR: "1000", LOG_LEVEL: "warn" } });
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "muse-crash-"));
  await start();
});

afterEach(async () => {
  await muse.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Runs a timer now, as the host's admin endpoint does; otherwise it comes within the minute. */
async function runTimer(name: string): Promise<void> {
  const { status } = await fetch(`${muse.url}/admin/functions/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: "" }),
  });
  expect(status).toBe(202);
}

async function restartFor(client: Client): Promise<Client> {
  await muse.kill();
  await start();
  return new Client(muse.url, client.token);
}

async function expectBalancedBooks(client: Client, expected: { spent: number }): Promise<void> {
  const { body } = await client.get("/v1/users/me/credits");
  expect(body).toMatchObject({ held: 0, holds: {}, spent: expected.spent, granted: 20 });
  expect(body.balance + body.held + body.spent).toBe(body.granted);
  const sum = body.ledger.reduce((total: number, entry: { amount: number }) => total + entry.amount, 0);
  expect(sum).toBe(body.balance);
}

describe("kill -9", () => {
  it("in the middle of a job: it is finished after the restart, once, and paid once", async () => {
    let someone = await guest(muse.url);
    const prompt = "a harbour [[pace:1500]]";
    const { body } = await someone.post("/v1/generations", { prompt, image_size: "64x64", num_images: 2 });
    await eventually(
      async () => (await someone.get(`/v1/generations/${body.id}`)).body,
      ({ status, progress }) => status === "processing" && progress > 0,
    );
    someone = await restartFor(someone);
    const done = await eventually(
      async () => {
        await runTimer("requeue-lost-jobs");
        return (await someone.get(`/v1/generations/${body.id}?wait=5`)).body;
      },
      ({ status }) => status === "completed",
      90_000,
    );
    expect(done.images).toHaveLength(2);
    for (const { url } of done.images) {
      // The address holds the old port's origin; its path and signature are good on the new one too.
      const { pathname, search } = new URL(url);
      expect((await fetch(muse.url + pathname + search)).status).toBe(200);
    }
    const messages = (await someone.get(`/v1/conversations/${done.conversation_id}/messages`)).body.data;
    expect(messages).toHaveLength(1);
    expect(messages[0].images).toHaveLength(2);
    await expectBalancedBooks(someone, { spent: 2 });
  });

  it("right after jobs were accepted: none is lost", async () => {
    let someone = await guest(muse.url);
    const accepted = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        someone.post("/v1/generations", { prompt: `boat ${index}`, image_size: "64x64" }),
      ),
    );
    someone = await restartFor(someone);
    for (const { status, body } of accepted) {
      expect(status).toBe(202);
      const done = await eventually(
        async () => {
          await runTimer("requeue-lost-jobs");
          return (await someone.get(`/v1/generations/${body.id}?wait=5`)).body;
        },
        (generation) => generation.status === "completed",
        90_000,
      );
      expect(done.images).toHaveLength(1);
    }
    await expectBalancedBooks(someone, { spent: 5 });
  });

  it("in the middle of an answer: what was written is kept, and no message streams for ever", async () => {
    let someone = await guest(muse.url);
    const response = await someone.raw("POST", "/v1/chat", {
      body: { content: "[[tokens:400]] [[pace:50]]", stream: true },
    });
    let conversationId = "";
    try {
      for await (const { event, data } of readEvents(response)) {
        if (event === "conversation") conversationId = data.conversation.id;
        if (event !== "delta") continue;
        const [, answer] = (await someone.get(`/v1/conversations/${conversationId}/messages`)).body.data;
        if (answer.content !== "") await muse.kill();
      }
    } catch {
      // The stream breaks with the process that wrote it.
    }
    someone = await restartFor(someone);
    const [question, answer] = await eventually(
      async () => {
        await runTimer("close-dead-turns");
        return (await someone.get(`/v1/conversations/${conversationId}/messages`)).body.data;
      },
      (messages) => messages[1].status !== "streaming",
      90_000,
    );
    expect(question).toMatchObject({ role: "user", status: "complete" });
    expect(answer).toMatchObject({ status: "complete", metadata: { finish_reason: "interrupted" } });
    expect(answer.content).not.toBe("");
    await expectBalancedBooks(someone, { spent: 0 });
  });
});

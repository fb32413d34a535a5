import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { anonymous, type Client, eventually, guest, readEvents } from "../support/client.ts";

const quick = { image_size: "64x64" } as const;

async function submit(client: Client, body: object) {
  const { status, body: generation } = await client.post("/v1/generations", body);
  expect(status).toBe(202);
  return generation;
}

const wait = async (client: Client, id: string) => (await client.get(`/v1/generations/${id}?wait=60`)).body;

describe("a generation", () => {
  it("is accepted at once, made in the background, and saved to a conversation", async () => {
    const someone = await guest();
    const response = await someone.post("/v1/generations", {
      prompt: "a lighthouse on a cliff above a purple sea at dusk",
      image_size: "256x128",
      num_images: 2,
      seed: 7,
      tags: ["sea"],
      metadata: { project: "demo" },
    });
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(`/api/v1/generations/${response.body.id}`);
    expect(response.body).toMatchObject({ status: "pending", progress: 0, cost_credits: 2, seed: 7, images: [] });

    const done = await wait(someone, response.body.id);
    expect(done).toMatchObject({
      status: "completed",
      progress: 1,
      kind: "text_to_image",
      tags: ["sea"],
      error_code: null,
    });
    expect(done.metadata).toEqual({ project: "demo" });
    expect(done.processing_time_ms).toBeGreaterThan(0);
    expect(done.images.map(({ index }: { index: number }) => index)).toEqual([0, 1]);

    const conversation = (await someone.get(`/v1/conversations/${done.conversation_id}`)).body;
    expect(conversation.title).toBe("Text2Image: a lighthouse on a cliff above …");
    const messages = (await someone.get(`/v1/conversations/${done.conversation_id}/messages`)).body.data;
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      id: done.message_id,
      role: "assistant",
      metadata: { generation_id: done.id, prompt: done.prompt, num_images: 2, cloud_service: "blob" },
    });
    expect(messages[0].images.map(({ image_id }: { image_id: string }) => image_id)).toEqual(
      done.images.map(({ id }: { id: string }) => id),
    );
    expect(JSON.stringify(messages)).not.toContain("delete_url");

    const credits = (await someone.get("/v1/users/me/credits")).body;
    expect(credits).toMatchObject({ balance: 18, held: 0, spent: 2, granted: 20 });
    expect(credits.ledger[0]).toMatchObject({ reason: "generation", resource_id: done.id, amount: -2 });
    expect((await someone.get("/v1/users/me")).body.total_generations).toBe(1);
  });

  it("gives real pictures of the asked size, with a 256×256 thumbnail, by signed addresses", async () => {
    const someone = await guest();
    const { id } = await submit(someone, { prompt: "mountains at dawn", image_size: "320x192" });
    const { images } = await wait(someone, id);
    const [image] = images;
    const original = await fetch(image.url);
    expect(original.headers.get("content-type")).toBe("image/png");
    const bytes = Buffer.from(await original.arrayBuffer());
    expect(bytes.byteLength).toBe(image.size);
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 320, height: 192, format: "png" });
    const thumbnail = await fetch(image.thumbnail_url);
    const small = await sharp(Buffer.from(await thumbnail.arrayBuffer())).metadata();
    expect(small).toMatchObject({ width: 256, height: 256, format: "jpeg" });
    const again = await fetch(image.url, { headers: { "if-none-match": original.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  });

  it("paints the same picture for the same prompt and seed", async () => {
    const someone = await guest();
    const same = { prompt: "a forest", seed: 42, ...quick };
    const [first, second] = await Promise.all([submit(someone, same), submit(someone, same)]);
    const pictures = await Promise.all(
      [first, second].map(async ({ id }) => {
        const [image] = (await wait(someone, id)).images;
        return Buffer.from(await (await fetch(image.url)).arrayBuffer()).toString("base64");
      }),
    );
    expect(pictures[0]).toBe(pictures[1]);
  });

  it("goes into the conversation that it was asked in", async () => {
    const someone = await guest();
    const { conversation } = (await someone.post("/v1/chat", { content: "Let us paint" })).body;
    const { id } = await submit(someone, { prompt: "a boat", conversation_id: conversation.id, ...quick });
    const done = await wait(someone, id);
    expect(done.conversation_id).toBe(conversation.id);
    const messages = (await someone.get(`/v1/conversations/${conversation.id}/messages`)).body.data;
    expect(messages).toHaveLength(3);
    expect((await someone.get(`/v1/conversations/${conversation.id}`)).body.total_messages).toBe(3);
  });

  it("tells its life as events", async () => {
    const someone = await guest();
    const { id } = await submit(someone, { prompt: "a city at night", ...quick });
    const events = await someone.events("GET", `/v1/generations/${id}/events`);
    const names = events.map(({ event }) => event);
    expect(names[0]).toBe("status");
    expect(names.slice(-2)).toEqual(["completed", "done"]);
    const progress = events.filter(({ event }) => event === "progress").map(({ data }) => data.progress);
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual([...progress].sort((left, right) => left - right));
    expect(events.at(-2)?.data.generation).toMatchObject({ id, status: "completed", images: [{ index: 0 }] });
  });

  it("ends its events as cancelled when it is deleted meanwhile", async () => {
    const someone = await guest();
    const { id } = await submit(someone, { prompt: "x [[stall]]", ...quick });
    const told = readEvents(await someone.raw("GET", `/v1/generations/${id}/events`))[Symbol.asyncIterator]();
    expect((await told.next()).value).toMatchObject({ event: "status" });
    expect((await someone.call("DELETE", `/v1/generations/${id}`)).status).toBe(204);
    const rest = [];
    for (let next = await told.next(); !next.done; next = await told.next()) rest.push(next.value);
    expect(rest.slice(-2).map(({ event }) => event)).toEqual(["cancelled", "done"]);
    expect(rest.at(-2)?.data.generation).toMatchObject({ id, status: "cancelled", images: [] });
  });

  it("answers at once without `wait`, and in time with it", async () => {
    const someone = await guest();
    const { id } = await submit(someone, { prompt: "slow [[pace:400]]", ...quick });
    const startedAt = performance.now();
    const early = (await someone.get(`/v1/generations/${id}?wait=0.3`)).body;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(["pending", "processing"]).toContain(early.status);
    expect((await someone.get(`/v1/generations/${id}?wait=61`)).status).toBe(400);
    expect((await wait(someone, id)).status).toBe("completed");
  });

  it("is listed newest first, by status too", async () => {
    const someone = await guest();
    const first = await submit(someone, { prompt: "one", ...quick });
    const second = await submit(someone, { prompt: "two [[fail:garbage]]", ...quick });
    await Promise.all([wait(someone, first.id), wait(someone, second.id)]);
    const ids = async (query: string) =>
      (await someone.get(`/v1/generations${query}`)).body.data.map(({ id }: { id: string }) => id);
    expect(await ids("")).toEqual([second.id, first.id]);
    expect(await ids("?status=completed")).toEqual([first.id]);
    expect(await ids("?status=failed")).toEqual([second.id]);
  });
});

describe("a provider that fails", () => {
  it.each([
    ["garbage", "provider_failed"],
    ["content_filter", "content_filter"],
  ])("for good (%s) fails the job at once and costs nothing", async (directive, code) => {
    const someone = await guest();
    const { id } = await submit(someone, { prompt: `x [[fail:${directive}]]`, ...quick });
    const failed = await wait(someone, id);
    expect(failed).toMatchObject({ status: "failed", error_code: code, images: [], conversation_id: null });
    expect(failed.error_message).not.toMatch(/ at |Error:/);
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0, spent: 0 });
  });

  it("for a while is tried again with growing pauses before the job fails", async () => {
    const someone = await guest();
    const { id } = await submit(someone, { prompt: "x [[fail:429]]", ...quick });
    const failed = await wait(someone, id);
    expect(failed).toMatchObject({ status: "failed", error_code: "provider_failed" });
    const tookMs = Date.parse(failed.completed_at) - Date.parse(failed.created_at);
    expect(tookMs).toBeGreaterThan(6_000);
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0 });
  });

  it("in the middle fails the job", async () => {
    const someone = await guest();
    const { id } = await submit(someone, { prompt: "x [[fail-after:3]]", ...quick });
    expect(await wait(someone, id)).toMatchObject({ status: "failed", error_code: "provider_failed" });
    expect(await someone.balance()).toBe(20);
  });
});

describe("cancelling", () => {
  it("gives the credits back at once and makes no picture", async () => {
    const someone = await guest();
    const { id } = await submit(someone, { prompt: "x [[stall]]", num_images: 3, ...quick });
    await eventually(
      async () => (await someone.get(`/v1/generations/${id}`)).body.status,
      (status) => status === "processing",
    );
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 17, holds: { [id]: 3 } });
    const { status, body } = await someone.post(`/v1/generations/${id}/cancel`);
    expect([status, body.status]).toEqual([200, "cancelled"]);
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0, spent: 0 });
    const again = await someone.post(`/v1/generations/${id}/cancel`);
    expect([again.status, again.body.code]).toEqual([409, "conflict"]);
  });

  it("is refused after the end", async () => {
    const someone = await guest();
    const { id } = await submit(someone, { prompt: "x", ...quick });
    await wait(someone, id);
    expect((await someone.post(`/v1/generations/${id}/cancel`)).status).toBe(409);
    expect(await someone.balance()).toBe(19);
  });

  it("racing the completion ends the job one way, and the books agree", async () => {
    const someone = await guest();
    for (let round = 0; round < 8; round += 1) {
      const { id } = await submit(someone, { prompt: "x [[pace:15]]", ...quick });
      await eventually(
        async () => (await someone.get(`/v1/generations/${id}`)).body,
        ({ progress, status }) => progress >= 0.5 || status === "completed",
      );
      const cancelled = await someone.post(`/v1/generations/${id}/cancel`);
      const final = await wait(someone, id);
      expect(cancelled.status).toBe(final.status === "cancelled" ? 200 : 409);
      const { body } = await someone.get("/v1/users/me/credits");
      expect(body.held).toBe(0);
      expect(body.balance + body.spent).toBe(20);
      const spent = body.ledger.filter(({ resource_id }: { resource_id: string }) => resource_id === id);
      expect(spent).toHaveLength(final.status === "completed" ? 1 : 0);
    }
  });
});

describe("pictures of somebody else", () => {
  it("open for the owner's token and for a signed address only", async () => {
    const [owner, other] = [await guest(), await guest()];
    const { id } = await submit(owner, { prompt: "private", ...quick });
    const [image] = (await wait(owner, id)).images;
    const path = `/v1/images/${image.id}/content`;
    expect((await owner.get(path)).status).toBe(200);
    expect((await other.get(path)).status).toBe(403);
    expect((await anonymous().get(path)).status).toBe(401);
    expect((await owner.get("/v1/images/img_nothing/content")).status).toBe(404);
    const url = new URL(image.url);
    const tamper = async (change: Record<string, string>) => {
      const changed = new URL(url);
      for (const [name, value] of Object.entries(change)) changed.searchParams.set(name, value);
      return (await fetch(changed)).status;
    };
    expect(await tamper({})).toBe(200);
    expect(await tamper({ variant: "thumbnail" })).toBe(403);
    expect(await tamper({ exp: "9999999999" })).toBe(403);
    expect(await tamper({ sig: "00" })).toBe(403);
    expect((await fetch(image.url.replace(image.id, "img_other"))).status).toBe(403);
  });

  it("and their generations are forbidden", async () => {
    const [owner, other] = [await guest(), await guest()];
    const { id } = await submit(owner, { prompt: "private", ...quick });
    expect((await other.get(`/v1/generations/${id}`)).status).toBe(403);
    expect((await other.get(`/v1/generations/${id}/events`)).status).toBe(403);
    expect((await other.post(`/v1/generations/${id}/cancel`)).status).toBe(403);
    expect((await other.get("/v1/generations")).body.data).toEqual([]);
    expect((await owner.get("/v1/generations/gen_nothing")).status).toBe(404);
    const { conversation } = (await owner.post("/v1/chat", { content: "Mine" })).body;
    const refused = await other.post("/v1/generations", { prompt: "x", conversation_id: conversation.id });
    expect(refused.body.errors[0].path).toBe("conversation_id");
    expect(refused.status).toBe(403);
    expect(await other.balance()).toBe(20);
  });
});

describe("bad input to a generation", () => {
  it.each([
    [{}, "prompt"],
    [{ prompt: "" }, "prompt"],
    [{ prompt: "x".repeat(2_001) }, "prompt"],
    [{ prompt: "x", image_size: "huge" }, "image_size"],
    [{ prompt: "x", image_size: "4096x4096" }, "image_size"],
    [{ prompt: "x", image_size: "16x16" }, "image_size"],
    [{ prompt: "x", num_images: 5 }, "num_images"],
    [{ prompt: "x", num_images: 1.5 }, "num_images"],
    [{ prompt: "x", guidance_scale: 21 }, "guidance_scale"],
    [{ prompt: "x", num_inference_steps: 0 }, "num_inference_steps"],
    [{ prompt: "x", seed: -1 }, "seed"],
    [{ prompt: "x", model_type: "no-such-model" }, "model_type"],
    [{ prompt: "x", tags: ["ok", ""] }, "tags.1"],
    [{ prompt: "x", cost_credits: 0 }, "cost_credits"],
  ])("%j names its field and costs nothing", async (body, path) => {
    const someone = await guest();
    const { status, body: problem } = await someone.post("/v1/generations", body);
    expect([status, problem.code, problem.errors[0].path]).toEqual([400, "validation_failed", path]);
    expect(await someone.balance()).toBe(20);
  });

  it("more than the credits cover is 402 and makes no job", async () => {
    const someone = await guest();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => someone.post("/v1/generations", { prompt: "x", num_images: 4, ...quick })),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(5);
    expect(answers.filter(({ body }) => body.code === "insufficient_credits")).toHaveLength(3);
    expect((await someone.get("/v1/generations")).body.data).toHaveLength(5);
  });
});

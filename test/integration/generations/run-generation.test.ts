import { describe, expect, it } from "vitest";
import { AppError } from "../../../src/domain/errors.ts";
import { cancelGeneration } from "../../../src/operations/generations/cancel-generation.ts";
import { enqueueGeneration } from "../../../src/operations/generations/enqueue-generation.ts";
import { failPoisonedGeneration } from "../../../src/operations/generations/fail-poisoned-generation.ts";
import { removeImage } from "../../../src/operations/images/delete-image.ts";
import { expireStuckJobs } from "../../../src/operations/upkeep/expire-stuck-jobs.ts";
import type { ImageProvider } from "../../../src/ports/providers.ts";
import { eventually } from "../../support/client.ts";
import { useDatabase } from "../database/support.ts";
import { createFakeProvider, createWorld, running, succeeded } from "./support.ts";

const context = useDatabase();

async function setUp(replaced: Partial<ImageProvider> = {}) {
  const { provider, asked } = createFakeProvider(replaced);
  const world = createWorld(context(), provider);
  return { ...world, asked, userId: await world.addUser() };
}

/** As if the worker had died long ago. */
const lapse = async (generationId: string) => {
  await context()
    .database.collection<{ _id: string }>("generations")
    .run((collection) =>
      collection.updateOne({ _id: generationId }, { $set: { "lease.until": new Date(0), "lease.owner": "dead" } }),
    );
};

const skipPause = async (generationId: string) => {
  await context()
    .database.collection<{ _id: string }>("generations")
    .run((collection) => collection.updateOne({ _id: generationId }, { $set: { retry_at: new Date(0) } }));
};

describe("a provider whose call takes long", () => {
  it("does not cost the worker its lease", async () => {
    const calling = Promise.withResolvers<void>();
    const { submit, receive, job, userId } = await setUp({
      create: async ({ generationId }) => {
        await calling.promise;
        return succeeded(`slow_${generationId}`);
      },
    });
    const id = await submit(userId);
    const work = receive(id);
    const first = await eventually(
      () => job(id),
      ({ lease }) => lease !== undefined,
    );
    await eventually(
      () => job(id),
      ({ lease }) => (lease?.until ?? 0) > (first.lease?.until ?? 0),
    );
    calling.resolve();
    await work;
    expect(await job(id)).toMatchObject({ status: "completed", attempts: 1 });
  });

  it("is cut off within a second or so when its job is cancelled, and nothing stays", async () => {
    let isAborted = false;
    const { submit, receive, job, userId, dependencies, books } = await setUp({
      create: (_request, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            isAborted = true;
            reject(signal.reason);
          });
        }),
    });
    const id = await submit(userId);
    const work = receive(id);
    await eventually(
      () => job(id),
      ({ status }) => status === "processing",
    );
    await cancelGeneration(dependencies, { userId, generationId: id });
    const cancelledAt = performance.now();
    await work;
    expect(performance.now() - cancelledAt).toBeLessThan(1_500);
    expect(isAborted).toBe(true);
    expect((await job(id)).status).toBe("cancelled");
    expect(await books(userId)).toEqual({ held: 0, spent: 0, difference: 0 });
  });

  it("is not cut off where its job has to be paid: its answer brings the id that ends it", async () => {
    const calling = Promise.withResolvers<void>();
    const { submit, receive, job, userId, dependencies, asked } = await setUp({
      findCreated: async () => [],
      create: async (_request, signal) => {
        await calling.promise;
        signal.throwIfAborted();
        return running("paid_1");
      },
    });
    const id = await submit(userId);
    const work = receive(id);
    await eventually(
      () => job(id),
      ({ status }) => status === "processing",
    );
    await cancelGeneration(dependencies, { userId, generationId: id });
    await work;
    calling.resolve();
    await eventually(
      async () => asked.cancelled,
      (ids) => ids.includes("paid_1"),
    );
  });

  it("that ignores its signal is left behind, and told to end what it made", async () => {
    const { submit, receive, job, userId, dependencies, asked } = await setUp({
      create: async () => running("stubborn_1"),
      get: () => new Promise(() => undefined),
    });
    const id = await submit(userId);
    const work = receive(id);
    await eventually(
      () => job(id),
      ({ replicate_prediction_id: prediction }) => prediction !== undefined,
    );
    await cancelGeneration(dependencies, { userId, generationId: id });
    await work;
    expect(asked.cancelled).toContain("stubborn_1");
  });
});

describe("a worker that wakes up after another one has completed its job", () => {
  it("brings no picture back that was deleted, and takes no caption away", async () => {
    const sleeping = Promise.withResolvers<void>();
    let downloads = 0;
    const { submit, receive, job, userId, dependencies } = await setUp({
      create: async ({ generationId }) => ({ ...succeeded(`two_${generationId}`), outputs: ["one", "two"] }),
      get: async (id) => ({ ...succeeded(id), outputs: ["one", "two"] }),
      download: async (output) => {
        downloads += 1;
        if (downloads === 1) await sleeping.promise;
        return Buffer.from(output);
      },
    });
    const id = await submit(userId, { num_images: 2 });
    const late = receive(id);
    await eventually(
      async () => downloads,
      (count) => count === 1,
    );
    await lapse(id);
    await receive(id);
    const { image_ids: imageIds } = await job(id);
    expect(imageIds).toHaveLength(2);
    const [first = "", second = ""] = imageIds;
    await removeImage(dependencies, { userId, imageId: first });
    await dependencies.gallery.update({
      userId,
      imageId: second,
      changes: { caption: "Mine" },
      now: new Date(),
    });
    sleeping.resolve();
    await late;
    const { images } = dependencies;
    expect((await images.find({ userId, imageId: first })) ?? null).toBeNull();
    expect(await images.find({ userId, imageId: second })).toMatchObject({ caption: "Mine" });
    expect(await job(id)).toMatchObject({ status: "completed", image_ids: [second] });
  });
});

describe("a failure that may pass", () => {
  it("in a look at the provider's job keeps that job, and waits as long as the provider asks", async () => {
    let looks = 0;
    const { submit, receive, job, userId, asked, books, queue } = await setUp({
      create: async ({ generationId }) => running(`kept_${generationId}`, 0.5),
      get: async (id) => {
        looks += 1;
        if (looks === 1) throw new AppError("provider_failed", { isRetryable: true, retryAfterSeconds: 7 });
        return succeeded(id);
      },
    });
    const id = await submit(userId);
    await receive(id);
    const paused = await job(id);
    expect(paused).toMatchObject({ status: "pending", attempts: 1, progress: 0.5 });
    expect((paused.retry_at?.getTime() ?? 0) - Date.now()).toBeGreaterThan(6_000);
    expect(queue.at(-1)?.dueAt).toBeGreaterThan(Date.now() + 6_000);
    await receive(id);
    expect((await job(id)).status).toBe("pending");
    await skipPause(id);
    await receive(id);
    expect((await job(id)).status).toBe("completed");
    expect(asked.created).toHaveLength(1);
    expect(await books(userId)).toEqual({ held: 0, spent: 1, difference: 0 });
  });

  it("of the provider's job itself makes a new one", async () => {
    let made = 0;
    const { submit, receive, job, userId } = await setUp({
      create: async () => {
        made += 1;
        if (made === 2) return succeeded(`fresh_${crypto.randomUUID()}`);
        const error = { code: "provider_failed", message: "lost", isRetryable: true } as const;
        return { ...running(`lost_${crypto.randomUUID()}`), status: "failed", error };
      },
    });
    const id = await submit(userId);
    await receive(id);
    await skipPause(id);
    await receive(id);
    expect([made, (await job(id)).status]).toEqual([2, "completed"]);
  });

  it("that nobody foresaw ends the job after four tries, with its credits back", async () => {
    const { submit, receive, job, userId, books } = await setUp({
      create: async () => {
        throw new TypeError("a defect");
      },
    });
    const id = await submit(userId);
    for (let tries = 0; tries < 4; tries += 1) {
      expect((await job(id)).status).toBe("pending");
      await receive(id);
      await skipPause(id);
    }
    expect(await job(id)).toMatchObject({ status: "failed", error_code: "internal", attempts: 4 });
    expect((await job(id)).error_message).not.toContain("defect");
    expect(await books(userId)).toEqual({ held: 0, spent: 0, difference: 0 });
  });

  it("of the pictures, which nobody can decode, is in the end the provider's and not the user's", async () => {
    const { submit, receive, job, userId, asked, books, dependencies } = await setUp();
    const imageProcessor = { inspect: async () => Promise.reject(new AppError("unprocessable")) };
    Object.assign(dependencies.imageProcessor, imageProcessor);
    const id = await submit(userId);
    for (let tries = 0; tries < 4; tries += 1) {
      expect((await job(id)).status).toBe("pending");
      await receive(id);
      await skipPause(id);
    }
    expect(await job(id)).toMatchObject({ status: "failed", error_code: "provider_failed" });
    expect(asked.created).toHaveLength(1);
    expect(await books(userId)).toEqual({ held: 0, spent: 0, difference: 0 });
  });

  it("of a part that is away uses up no try", async () => {
    const { submit, receive, job, userId, dependencies } = await setUp({
      create: async () => {
        throw new AppError("unavailable", { isRetryable: true });
      },
    });
    const id = await submit(userId);
    for (let tries = 0; tries < 6; tries += 1) {
      await receive(id);
      await skipPause(id);
    }
    expect(await job(id)).toMatchObject({ status: "pending", attempts: 0 });
    await cancelGeneration(dependencies, { userId, generationId: id });
  });
});

describe("a worker that dies", () => {
  it("leaves a job that another one finishes, with the same provider's job", async () => {
    const { submit, receive, job, userId, asked, generations } = await setUp();
    const id = await submit(userId);
    const now = new Date();
    await generations.claim({ generationId: id, owner: "dead", slot: `${userId}/0`, now, leaseUntil: now });
    await generations.setPrediction({ generationId: id, owner: "dead", predictionId: `old_${id}`, now });
    await lapse(id);
    await receive(id);
    expect(await job(id)).toMatchObject({ status: "completed", attempts: 2, replicate_prediction_id: `old_${id}` });
    expect(asked.created).toEqual([]);
  });

  it("each time is not followed by others for ever", async () => {
    const { submit, receive, job, userId, generations, books } = await setUp();
    const id = await submit(userId);
    const claim = { generationId: id, owner: "dead", now: new Date(), leaseUntil: new Date() };
    await generations.claim({ ...claim, slot: `${userId}/0` });
    for (let deaths = 0; deaths < 7; deaths += 1) {
      await lapse(id);
      await generations.reclaim({ ...claim, now: new Date() });
    }
    await lapse(id);
    await receive(id);
    expect(await job(id)).toMatchObject({ status: "failed", error_code: "internal" });
    expect(await books(userId)).toEqual({ held: 0, spent: 0, difference: 0 });
  });

  it("for good lets its job expire as stuck, once, and the next one begin", async () => {
    const { submit, job, userId, generations, books, dependencies, drain } = await setUp();
    const stuck = await submit(userId);
    const now = new Date(Date.now() - 120_000);
    await generations.claim({ generationId: stuck, owner: "dead", slot: `${userId}/0`, now, leaseUntil: now });
    const next = await submit(userId);
    const sweeps = await Promise.all([expireStuckJobs(dependencies), expireStuckJobs(dependencies)]);
    expect(sweeps.reduce((sum, { expired }) => sum + expired, 0)).toBe(1);
    expect(await job(stuck)).toMatchObject({ status: "failed", error_code: "timed_out" });
    expect((await job(stuck)).expires_at?.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    await drain(2);
    expect((await job(next)).status).toBe("completed");
    expect(await books(userId)).toEqual({ held: 0, spent: 1, difference: 0 });
  });

  it("five times with one message fails that job; a message that nobody can read is thrown away", async () => {
    const { submit, job, userId, books, dependencies } = await setUp();
    const id = await submit(userId);
    await failPoisonedGeneration(dependencies, { generation_id: id });
    await failPoisonedGeneration(dependencies, { generation_id: id });
    await failPoisonedGeneration(dependencies, "garbage");
    expect(await job(id)).toMatchObject({ status: "failed", error_code: "internal" });
    expect(await books(userId)).toEqual({ held: 0, spent: 0, difference: 0 });
  });
});

describe("many jobs", () => {
  /**
   * Tells how many jobs of each user ran at once at most, and in what order they began.
   * @param together a prompt whose jobs do not end before so many of them ran at once, given a few seconds
   */
  function createObserver(together?: { prompt: string; jobs: number }) {
    const began: string[] = [];
    const now = new Map<string, number>();
    const most = new Map<string, number>();
    const create: ImageProvider["create"] = async ({ generationId, prompt }) => {
      began.push(generationId);
      now.set(prompt, (now.get(prompt) ?? 0) + 1);
      most.set(prompt, Math.max(most.get(prompt) ?? 0, now.get(prompt) ?? 0));
      const until = Date.now() + (together?.prompt === prompt ? 5_000 : 0);
      do await new Promise((resolve) => setTimeout(resolve, 20));
      while (Date.now() < until && (most.get(prompt) ?? 0) < (together?.jobs ?? 0));
      now.set(prompt, (now.get(prompt) ?? 0) - 1);
      return succeeded(`observed_${generationId}`);
    };
    return { began, most, create };
  }

  it("of one user begin in their order, and no more at a time than the tier allows", async () => {
    const observer = createObserver({ prompt: "pro", jobs: 3 });
    const { submit, drain, userId, books, queue, addUser, receive } = await setUp({ create: observer.create });
    const pro = await addUser("pro");
    const free: string[] = [];
    for (let count = 0; count < 8; count += 1) free.push(await submit(userId, { prompt: "free" }));
    expect(queue.map(({ generationId }) => generationId)).toEqual(free.slice(0, 2));
    for (let count = 0; count < 12; count += 1) await submit(pro, { prompt: "pro" });
    // Messages that come twice, and all of them at once, change nothing.
    await Promise.all(free.map((id) => receive(id)));
    await drain(12);
    expect(observer.most.get("free")).toBeLessThanOrEqual(2);
    expect(observer.most.get("pro")).toBeLessThanOrEqual(5);
    expect(observer.most.get("pro")).toBeGreaterThan(2);
    const order = observer.began.filter((id) => free.includes(id));
    // Two run at a time, and of two that begin together either may reach the provider first.
    for (const [place, id] of order.entries()) expect(Math.abs(free.indexOf(id) - place)).toBeLessThanOrEqual(1);
    expect(order).toHaveLength(free.length);
    expect(observer.began).toHaveLength(20);
    expect(await books(userId)).toEqual({ held: 0, spent: 8, difference: 0 });
    expect(await books(pro)).toEqual({ held: 0, spent: 12, difference: 0 });
  });

  /** Two jobs of one user run until they are let go; that is as many as may. */
  async function setUpBusy() {
    const calling = Promise.withResolvers<void>();
    const busy: string[] = [];
    const world = await setUp({
      create: async ({ generationId }) => {
        if (busy.includes(generationId)) await calling.promise;
        return succeeded(`busy_${generationId}`);
      },
    });
    const { submit, receive, job, userId, queue } = world;
    const works: Promise<unknown>[] = [];
    for (let count = 0; count < 2; count += 1) {
      const id = await submit(userId);
      busy.push(id);
      works.push(receive(id));
      await eventually(
        () => job(id),
        ({ status }) => status === "processing",
      );
    }
    queue.length = 0;
    const letGo = async () => {
      calling.resolve();
      await Promise.all(works);
    };
    /** Leaves no job to the tests that come after. */
    const end = async (ids: readonly string[]) => {
      for (const id of ids) await receive(id);
    };
    return { ...world, letGo, end };
  }

  it("are begun when a place is free, also those whose message was used up before its sender heard that it was sent", async () => {
    const { submit, receive, userId, dependencies, queue, letGo, end } = await setUpBusy();
    const id = await submit(userId);
    const sent: string[] = [];
    const faster = {
      ...dependencies.generationQueue,
      send: async ({ generationId }: { generationId: string }) => {
        sent.push(generationId);
        await receive(generationId);
      },
    };
    await enqueueGeneration({ ...dependencies, generationQueue: faster }, id);
    expect([sent, queue]).toEqual([[id], []]);
    await letGo();
    expect(queue.map(({ generationId }) => generationId)).toContain(id);
    await end([id]);
  });

  it("are begun when a place is free, also those whose message was used for an older one", async () => {
    const { submit, receive, job, userId, generations, queue, letGo, end } = await setUpBusy();
    const [older, newer] = [await submit(userId), await submit(userId)];
    await generations.markEnqueued({ generationId: newer, now: new Date() });
    // Used up while there is no place, and then, sent a second time, for the older one, which nobody sent a message for.
    await receive(newer);
    await generations.markEnqueued({ generationId: newer, now: new Date() });
    await letGo();
    await generations.markUnsent(older);
    queue.length = 0;
    await receive(newer);
    expect((await job(older)).status).toBe("completed");
    expect(queue.map(({ generationId }) => generationId)).toEqual([newer]);
    await end([newer]);
  });

  it("are sent by the timer when their queue was away", async () => {
    const { submit, userId, dependencies, generations, letGo, end } = await setUpBusy();
    const id = await submit(userId);
    const away = { ...dependencies.generationQueue, send: () => Promise.reject(new Error("away")) };
    expect(await enqueueGeneration({ ...dependencies, generationQueue: away }, id)).toBe(false);
    const before = new Date(Date.now() + 1_000);
    const waiting = { neverBefore: before, lastBefore: new Date(0), limit: 1_000 };
    expect(await generations.findWaitingUsers(waiting)).toContain(userId);
    await letGo();
    await end([id]);
  });

  it("of one user do not hold another one's up", async () => {
    const observer = createObserver();
    const { submit, drain, userId, addUser, generations, job } = await setUp({ create: observer.create });
    for (let count = 0; count < 30; count += 1) await submit(userId, { prompt: "busy" });
    const other = await submit(await addUser(), { prompt: "other" });
    expect(await generations.countAhead(await job(other))).toBeLessThanOrEqual(1);
    await drain(1);
    expect(observer.began.indexOf(other)).toBeLessThanOrEqual(2);
    expect(observer.began).toHaveLength(31);
  });

  it("are cancelled or completed, never both, whichever comes first", async () => {
    const { submit, receive, userId, dependencies, job, books } = await setUp();
    let completed = 0;
    for (let round = 0; round < 100; round += 1) {
      const id = await submit(userId);
      const [, cancelled] = await Promise.all([
        receive(id),
        new Promise((resolve) => setTimeout(resolve, round % 12))
          .then(() => cancelGeneration(dependencies, { userId, generationId: id }))
          .then(
            () => true,
            () => false,
          ),
      ]);
      const { status, is_open: isOpen } = await job(id);
      expect([status, isOpen]).toEqual([cancelled ? "cancelled" : "completed", undefined]);
      if (!cancelled) completed += 1;
      const stored = await dependencies.imageHomes.findOfGeneration({ userId, generationId: id });
      expect(stored).toHaveLength(cancelled ? 0 : 1);
      expect(await books(userId)).toEqual({ held: 0, spent: completed, difference: 0 });
    }
    const { items } = await dependencies.ledger.list({ userId, limit: 100 });
    expect(items.filter(({ reason }) => reason === "generation")).toHaveLength(completed);
  });
});

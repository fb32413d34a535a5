import { describe, expect, it } from "vitest";
import { createGenerations } from "../../../src/database/generations.ts";
import { createImages } from "../../../src/database/images.ts";
import type { Generation } from "../../../src/domain/generation.ts";
import { at, newGeneration, newId, newImage, times, useDatabase } from "./support.ts";

const context = useDatabase();
const generations = () => createGenerations(context().database);
const images = () => createImages(context().database);

async function insert(changes: Partial<Generation> = {}): Promise<Generation> {
  const generation = newGeneration(changes);
  await generations().insertIfAbsent(generation);
  return generation;
}

const claim = (generationId: string, owner: string, seconds = 0, slot = `${generationId}/0`) =>
  generations().claim({ generationId, owner, slot, now: at(seconds), leaseUntil: at(seconds + 30) });

const reclaim = (generationId: string, owner: string, seconds: number) =>
  generations().reclaim({ generationId, owner, now: at(seconds), leaseUntil: at(seconds + 30) });

const completing = (generationId: string, owner: string) =>
  generations().complete({
    generationId,
    owner,
    imageIds: ["img_1"],
    blobUrls: ["https://blobs.example/$0"],
    resultUrls: ["$not a field"],
    conversationId: "conv_1",
    messageId: "msg_1",
    now: at(10),
  });

const failing = (generationId: string, limits: { owner?: string; lapsedAt?: Date } = {}) =>
  generations().fail({
    generationId,
    ...limits,
    errorCode: "provider_failed",
    errorMessage: "$ is not a field",
    expiresAt: at(1_000),
    now: at(20),
  });

describe("generations", () => {
  it("are inserted once and found by their owner and by the system", async () => {
    const generation = await insert();
    const generationId = generation._id;
    await generations().insertIfAbsent({ ...generation, prompt: "another" });
    expect(await generations().find({ userId: "user_a", generationId })).toEqual(generation);
    expect(await generations().find({ userId: "user_b", generationId })).toBeNull();
    expect(await generations().findById(generationId)).toEqual(generation);
    expect(await generations().exists(generationId)).toBe(true);
    expect(await generations().exists("gen_none")).toBe(false);
  });

  it("are listed newest first, all or of one status, page by page", async () => {
    const userId = newId("user");
    const all = [];
    for (const index of times(9, (each) => each)) {
      const status = index % 2 === 0 ? ("pending" as const) : ("completed" as const);
      all.push(await insert({ user_id: userId, status, created_at: at(Math.floor(index / 4)) }));
    }
    const newestFirst = all.reverse().map((generation) => generation._id);
    const seen: string[] = [];
    let position: { at: Date; id: string } | undefined;
    for (;;) {
      const page = await generations().list({ userId, after: position, limit: 2 });
      seen.push(...page.items.map((item) => item._id));
      const last = page.items.at(-1);
      if (!page.hasMore || last === undefined) break;
      position = { at: last.created_at, id: last._id };
    }
    expect(seen).toEqual(newestFirst);
    const completed = await generations().list({ userId, status: "completed", limit: 10 });
    expect(completed.items.map((item) => item.status)).toEqual(times(4, () => "completed"));
  });
});

describe("claiming a job", () => {
  it("gives it to one of many", async () => {
    const { _id } = await insert();
    const results = await Promise.all(times(20, (index) => claim(_id, `worker_${index}`)));
    const won = results.filter((result) => result !== null);
    expect(won).toHaveLength(1);
    expect(won[0]).toMatchObject({
      status: "processing",
      attempts: 1,
      started_at: at(0),
      lease: { until: at(30) },
    });
  });

  it("takes a lapsed lease over, once, and keeps the first start", async () => {
    const { _id } = await insert();
    await claim(_id, "first");
    expect(await claim(_id, "second", 29)).toBeNull();
    expect(await reclaim(_id, "second", 29)).toBeNull();
    const results = await Promise.all(times(5, (index) => reclaim(_id, `next_${index}`, 30)));
    expect(results.filter((result) => result !== null)).toHaveLength(1);
    expect(await generations().findById(_id)).toMatchObject({ attempts: 2, started_at: at(0), slot: `${_id}/0` });
    expect(await generations().renew({ generationId: _id, owner: "first", leaseUntil: at(90), now: at(31) })).toBe(
      false,
    );
  });

  it("gives each place among a user's running jobs to one job, until that one ends or pauses", async () => {
    const slot = `${newId("user")}/0`;
    const all = await Promise.all(times(6, () => insert()));
    const results = await Promise.all(all.map(({ _id }) => claim(_id, "worker", 0, slot)));
    const [first, ...more] = results.filter((result) => result !== null);
    expect(more).toEqual([]);
    expect(first?.slot).toBe(slot);
    await reclaim(first?._id ?? "", "worker", 30);
    const next = all.find(({ _id }) => _id !== first?._id)?._id ?? "";
    expect(await claim(next, "other", 31, slot)).toBeNull();
    await failing(first?._id ?? "");
    expect(await claim(next, "other", 32, slot)).toMatchObject({ slot });
    expect(await generations().findById(first?._id ?? "")).not.toHaveProperty("slot");
  });

  it("gives nothing away that ended or is not there", async () => {
    const { _id } = await insert({ status: "completed" });
    expect(await claim(_id, "worker")).toBeNull();
    expect(await claim("gen_none", "worker")).toBeNull();
  });
});

describe("a job under way", () => {
  it("keeps its lease and only ever gains progress", async () => {
    const { _id: generationId } = await insert();
    await claim(generationId, "worker");
    const renew = (seconds: number, progress?: number) =>
      generations().renew({
        generationId,
        owner: "worker",
        leaseUntil: at(seconds),
        now: at(1),
        ...(progress === undefined ? {} : { progress }),
      });
    expect(await renew(40, 0.5)).toBe(true);
    expect(await renew(50, 0.3)).toBe(true);
    expect(await renew(60)).toBe(true);
    expect(await generations().findById(generationId)).toMatchObject({ progress: 0.5, lease: { until: at(60) } });
  });

  it("remembers the provider's job for the next worker, until told to forget it", async () => {
    const { _id: generationId } = await insert();
    const prediction = newId("prediction");
    await claim(generationId, "first");
    const set = (owner: string) =>
      generations().setPrediction({ generationId, owner, predictionId: prediction, now: at(1) });
    const release = (owner: string, forgetPrediction: boolean, isUncounted = false) =>
      generations().release({ generationId, owner, forgetPrediction, isUncounted, retryAt: at(5), now: at(2) });

    expect(await set("other")).toBe(false);
    expect(await set("first")).toBe(true);
    expect(await release("other", true)).toBe(false);
    expect(await release("first", false)).toBe(true);
    expect(await release("first", false)).toBe(false);
    expect(await claim(generationId, "second", 4)).toBeNull();
    const again = await claim(generationId, "second", 5);
    expect(again).toMatchObject({ replicate_prediction_id: prediction, attempts: 2 });
    expect(again).not.toHaveProperty("retry_at");

    await release("second", true, true);
    expect(await generations().findById(generationId)).toMatchObject({ attempts: 1, retry_at: at(5) });
    const released = await generations().findById(generationId);
    expect(released?.status).toBe("pending");
    expect(released).not.toHaveProperty("replicate_prediction_id");
    expect(released).not.toHaveProperty("lease");
  });
});

describe("the end of a job", () => {
  it("is completed once by its owner, with its results and the time it took", async () => {
    const { _id } = await insert();
    await claim(_id, "worker");
    expect(await completing(_id, "other")).toBeNull();
    const results = await Promise.all(times(5, () => completing(_id, "worker")));
    const done = results.filter((result) => result !== null);
    expect(done).toHaveLength(1);
    expect(done[0]).toMatchObject({
      status: "completed",
      progress: 1,
      image_ids: ["img_1"],
      blob_urls: ["https://blobs.example/$0"],
      result_urls: ["$not a field"],
      conversation_id: "conv_1",
      message_id: "msg_1",
      processing_time_ms: 10_000,
      completed_at: at(10),
      is_open: true,
    });
    expect(done[0]).not.toHaveProperty("lease");
    expect(done[0]).toEqual(await generations().findById(_id));
  });

  it("fails from pending or processing, and not twice", async () => {
    const pending = await insert();
    expect(await failing(pending._id)).toMatchObject({
      status: "failed",
      error_code: "provider_failed",
      error_message: "$ is not a field",
      expires_at: at(1_000),
      processing_time_ms: 0,
    });
    expect(await failing(pending._id)).toBeNull();
    const processing = await insert();
    await claim(processing._id, "worker");
    expect(await failing(processing._id)).toMatchObject({ status: "failed" });
  });

  it("fails for its owner only, or after its lease only, when told so", async () => {
    const { _id } = await insert();
    expect(await failing(_id, { owner: "worker" })).toBeNull();
    expect(await failing(_id, { lapsedAt: at(999) })).toBeNull();
    await claim(_id, "worker");
    expect(await failing(_id, { owner: "other" })).toBeNull();
    expect(await failing(_id, { lapsedAt: at(30) })).toBeNull();
    expect(await failing(_id, { lapsedAt: at(31) })).toMatchObject({ status: "failed" });
    const owned = await insert();
    await claim(owned._id, "worker");
    expect(await failing(owned._id, { owner: "worker" })).toMatchObject({ status: "failed" });
  });

  it("is one of cancelled and completed, never both", async () => {
    const { _id: generationId } = await insert();
    await claim(generationId, "worker");
    const cancel = (userId: string) => generations().cancel({ userId, generationId, now: at(10) });
    expect(await cancel("user_b")).toBeNull();
    const [cancelled, completed] = await Promise.all([cancel("user_a"), completing(generationId, "worker")]);
    expect([cancelled, completed].filter((result) => result !== null)).toHaveLength(1);
    expect(await cancel("user_a")).toBeNull();
  });
});

describe("what the timers look for", () => {
  // Far in the past, so that the jobs of other tests are not among them.
  const past = (seconds: number) => new Date(Date.UTC(2020, 0, 1) + seconds * 1_000);

  it("finds the users of pending jobs that nobody enqueued, the longest waiting first", async () => {
    const [never, long, lately] = times(3, () => newId("user")) as [string, string, string];
    await insert({ user_id: never, created_at: past(10) });
    await insert({ user_id: never, created_at: past(11) });
    await insert({ user_id: long, created_at: past(5), enqueued_at: past(6) });
    const { _id } = await insert({ user_id: lately, created_at: past(4) });
    await generations().markEnqueued({ generationId: _id, now: past(60) });
    await insert({ user_id: lately, created_at: past(1), status: "completed" });
    const find = (neverBefore: Date, lastBefore: Date) =>
      generations().findWaitingUsers({ neverBefore, lastBefore, limit: 10 });

    expect(await find(past(20), past(30))).toEqual([long, never]);
    expect(await find(past(20), past(0))).toEqual([never]);
    expect(await find(past(0), past(30))).toEqual([long]);
    expect(await find(past(0), past(61))).toEqual([lately, long]);
    await generations().markUnsent(_id);
    expect(await find(past(20), past(0))).toEqual([lately, never]);
  });

  it("finds what of a user runs and what may begin, oldest first", async () => {
    const userId = newId("user");
    const running = await insert({ user_id: userId });
    await claim(running._id, "worker", 0, `${userId}/0`);
    const second = await insert({ user_id: userId, created_at: at(2) });
    const first = await insert({ user_id: userId, created_at: at(1) });
    await insert({ user_id: userId, created_at: at(0), retry_at: at(60) });
    await insert({ user_id: userId, status: "completed" });
    const found = await generations().findRunnable({ userId, now: at(10), limit: 5 });
    expect(found.running).toEqual([{ _id: running._id, slot: `${userId}/0` }]);
    expect(found.waiting.map(({ _id }) => _id)).toEqual([first._id, second._id]);
    expect((await generations().findRunnable({ userId, now: at(60), limit: 1 })).waiting).toHaveLength(1);
  });

  it("finds lapsed leases, oldest first", async () => {
    const claimAt = async (seconds: number) => {
      const { _id: generationId } = await insert();
      await generations().claim({
        generationId,
        owner: "w",
        slot: generationId,
        now: past(0),
        leaseUntil: past(seconds),
      });
      return generationId;
    };
    const [second, first] = [await claimAt(20), await claimAt(10)];
    await claimAt(40);
    const lapsed = await generations().findLapsed({ before: past(40), limit: 10 });
    expect(lapsed.map((generation) => generation._id)).toEqual([first, second]);
  });

  it("finds ended jobs until they are closed, and closes none that has not ended", async () => {
    const ended = await insert({ status: "failed", updated_at: past(1) });
    const running = await insert({ updated_at: past(1) });
    const find = async () =>
      (await generations().findUnclosed({ before: past(2), limit: 10 })).map((generation) => generation._id);
    expect(await find()).toEqual([ended._id]);
    await generations().markClosed(ended._id);
    await generations().markClosed(running._id);
    expect(await find()).toEqual([]);
    expect(await generations().findById(ended._id)).not.toHaveProperty("is_open");
    expect(await generations().findById(running._id)).toMatchObject({ is_open: true });
  });

  it("counts the pending jobs before one: users take turns", async () => {
    const long = (milliseconds: number) => new Date(Date.UTC(2019, 0, 1) + milliseconds);
    const [busy, other] = [newId("user"), newId("user")] as const;
    const first = await insert({ user_id: busy, created_at: long(0) });
    const second = await insert({ user_id: busy, created_at: long(0) });
    const third = await insert({ user_id: busy, created_at: long(1) });
    const others = await insert({ user_id: other, created_at: long(2) });
    const last = await insert({ user_id: busy, created_at: long(3) });
    const ahead = (generation: Generation) => generations().countAhead(generation);
    expect(await Promise.all([first, second, third, others, last].map(ahead))).toEqual([0, 1, 2, 1, 4]);
    await claim(first._id, "worker");
    expect(await Promise.all([third, others, last].map(ahead))).toEqual([1, 1, 3]);
  });
});

describe("the registry of images", () => {
  it("keeps one document an id, the newest", async () => {
    const image = newImage();
    await Promise.all(times(6, () => images().put(image)));
    await images().put({ ...image, size: 200 });
    expect(await images().findById(image._id)).toEqual({ ...image, size: 200 });
  });

  it("keeps what its owner made of a picture when that is stored again", async () => {
    const image = newImage({ carries_metadata: true });
    await images().put({ ...image, caption: "Mine", tags: ["boat"] });
    const { carries_metadata: _gone, ...other } = image;
    const expected = { ...other, size: 200, caption: "Mine", tags: ["boat"] };
    expect(await images().put({ ...other, size: 200 })).toEqual(expected);
    expect(await images().findById(image._id)).toEqual(expected);
  });

  it("lets one picture of several at once have the key of their content", async () => {
    const rivals = times(6, () => newImage({ content_key: "user_a/same" }));
    const put = await Promise.all(rivals.map((image) => images().put(image)));
    const [winner, ...more] = put.filter((image) => image !== null);
    expect(more).toEqual([]);
    expect(await images().put(rivals.find(({ _id }) => _id === winner?._id) ?? newImage())).toEqual(winner);
    expect((await images().findMany(rivals.map(({ _id }) => _id))).map(({ _id }) => _id)).toEqual([winner?._id]);
  });

  it("finds images by owner, for the system and many at once", async () => {
    const [first, second] = [newImage(), newImage({ user_id: "user_b" })];
    await images().put(first);
    await images().put(second);
    expect(await images().find({ userId: "user_a", imageId: first._id })).toEqual(first);
    expect(await images().find({ userId: "user_a", imageId: second._id })).toBeNull();
    expect(await images().findById("img_none")).toBeNull();
    const many = await images().findMany([second._id, "img_none", first._id]);
    expect(many.map((image) => image._id).sort()).toEqual([first._id, second._id]);
    expect(await images().findMany([])).toEqual([]);
  });
});

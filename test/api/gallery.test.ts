import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { type Answer, anonymous, type Client, eventually, guest } from "../support/client.ts";
import { type Scene, scene } from "../support/pictures.ts";
import { uploadPicture, uploadPictureForm } from "../support/uploads.ts";

async function uploaded(client: Client, name: Scene): Promise<string> {
  const { status, body } = await uploadPicture(client, await scene(name));
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

async function generated(client: Client, prompt: string, more: object = {}): Promise<Answer["body"]> {
  const accepted = await client.post("/v1/generations", { prompt, image_size: "256x256", ...more });
  expect(accepted.status).toBe(202);
  const { body } = await eventually(
    () => client.get(`/v1/generations/${accepted.body.id}?wait=20`),
    (answer) => answer.body.status === "completed",
  );
  return body;
}

const idsOf = (answer: Answer): string[] => answer.body.data.map(({ id }: { id: string }) => id);

describe("the gallery", () => {
  let someone: Client;
  let made: Answer["body"];
  let sunId: string;
  let towerId: string;

  beforeAll(async () => {
    someone = await guest();
    made = await generated(someone, "a quiet harbour at dawn", { tags: ["Sea", "dawn"] });
    sunId = await uploaded(someone, "sun");
    const form = await uploadPictureForm(someone, await scene("tower"), "tower.png", {
      caption: "The old tower",
      tags: "Night,  light house,night",
      conversation_id: made.conversation_id,
    });
    expect([form.status, form.body.tags]).toEqual([201, ["night", "light house"]]);
    towerId = form.body.id;
  });

  it("lists the newest first, with everything that is known of each", async () => {
    const list = await someone.get("/v1/images");
    expect(idsOf(list)).toEqual([towerId, sunId, made.images[0].id]);
    expect(list.body.next_cursor).toBeNull();
    expect(list.body.data[2]).toMatchObject({
      generated: true,
      prompt: "a quiet harbour at dawn",
      caption: null,
      tags: ["sea", "dawn"],
      generation_id: made.id,
      conversation_id: made.conversation_id,
      conversation: { id: made.conversation_id, title: expect.stringContaining("a quiet harbour") },
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      service: "blob",
      cloud_url: null,
      copies: [{ service: "blob", url: null, error: null, verified_at: expect.any(String) }],
      mime_type: "image/png",
      width: 256,
      height: 256,
    });
    for (const image of list.body.data) {
      expect((await fetch(image.url)).status).toBe(200);
      expect((await fetch(image.thumbnail_url)).headers.get("content-type")).toBe("image/jpeg");
      expect((await fetch(image.preview_url)).headers.get("content-type")).toBe("image/jpeg");
    }
    expect(JSON.stringify(list.body)).not.toMatch(/delete_url|blob_name|phash/);
  });

  it.each([
    ["?tag=night", () => [towerId]],
    ["?tag=%20NIGHT", () => [towerId]],
    ["?tag=nigh", () => []],
    ["?generated=true", () => [made.images[0].id]],
    ["?generated=false", () => [towerId, sunId]],
    ["?q=harbour", () => [made.images[0].id]],
    ["?q=dawn%20QUIET", () => [made.images[0].id]],
    ["?q=tower", () => [towerId]],
    ["?q=lighthouse", () => []],
    ["?q=harbour%20tower", () => []],
    ["?q=-tower", () => [sunId, made.images[0].id]],
    ["?q=%22%22", () => []],
    ["?generated=false&tag=night&q=old", () => [towerId]],
    [".*", () => []],
  ])("filters by %s", async (query, expected) => {
    const path = query === ".*" ? "/v1/images?q=.*" : `/v1/images${query}`;
    const { status, body } = await someone.get(path);
    expect([status, body.data.map(({ id }: { id: string }) => id)]).toEqual([200, expected()]);
  });

  it("shows the pictures of one conversation, and counts them on it", async () => {
    const { conversation_id: id } = made;
    expect(idsOf(await someone.get(`/v1/images?conversation_id=${id}`))).toEqual([towerId, made.images[0].id]);
    expect((await someone.get(`/v1/conversations/${id}`)).body.image_count).toBe(2);
    const { body } = await someone.get("/v1/conversations");
    expect(body.data.map(({ image_count: count }: { image_count: number }) => count)).toEqual([2]);
  });

  it("pages without a gap and without a repeat, also when pictures come in between", async () => {
    const other = await guest();
    const first = [await uploaded(other, "sun"), await uploaded(other, "tower"), await uploaded(other, "stripes")];
    const page = await other.get("/v1/images?limit=2");
    expect(idsOf(page)).toEqual([first[2], first[1]]);
    await uploaded(other, "stairs");
    const rest = await other.get(`/v1/images?limit=2&cursor=${page.body.next_cursor}`);
    expect([idsOf(rest), rest.body.next_cursor]).toEqual([[first[0]], null]);
  });

  it.each(["?limit=0", "?limit=101", "?cursor=%00", "?generated=yes", "?tag=", "?q=%20"])(
    "refuses %s, naming the parameter",
    async (query) => {
      const { status, body } = await someone.get(`/v1/images${query}`);
      expect([status, body.errors[0].path]).toEqual([400, query.slice(1).split("=")[0]]);
    },
  );

  it("changes caption and tags, also where the picture is shown", async () => {
    const imageId = made.images[0].id;
    const changed = await someone.call("PATCH", `/v1/images/${imageId}`, {
      body: { caption: "  Harbour ", tags: ["Boats", "boats ", "São  Paulo"] },
    });
    expect([changed.status, changed.body.caption, changed.body.tags]).toEqual([200, "Harbour", ["boats", "são paulo"]]);
    expect((await someone.get(`/v1/images/${imageId}`)).body).toEqual({
      ...changed.body,
      url: expect.any(String),
      thumbnail_url: expect.any(String),
      preview_url: expect.any(String),
    });
    const { body } = await someone.get(`/v1/conversations/${made.conversation_id}/messages`);
    expect(body.data.at(-1).images[0].caption).toBe("Harbour");
    for (let round = 0; round < 4; round += 1) {
      const captions = Array.from({ length: 8 }, (_, index) => `At once ${round}.${index}`);
      const path = `/v1/images/${imageId}`;
      await Promise.all(captions.map((caption) => someone.call("PATCH", path, { body: { caption } })));
      const { caption } = (await someone.get(path)).body;
      const shown = (await someone.get(`/v1/conversations/${made.conversation_id}/messages`)).body.data.at(-1);
      expect(shown.images[0].caption).toBe(caption);
    }
    const cleared = await someone.call("PATCH", `/v1/images/${imageId}`, { body: { caption: "" } });
    expect([cleared.body.caption, cleared.body.tags]).toEqual([null, ["boats", "são paulo"]]);
  });

  it.each([
    [{}, ""],
    [{ caption: "x".repeat(1_001) }, "caption"],
    [{ tags: Array.from({ length: 21 }, (_, index) => `t${index}`) }, "tags"],
    [{ tags: ["x".repeat(51)] }, "tags.0"],
    [{ tags: ["ok", "  "] }, "tags.1"],
    [{ tags: ["a"], owner: "me" }, "owner"],
  ])("refuses a change to %j", async (body, path) => {
    const { status, body: problem } = await someone.call("PATCH", `/v1/images/${sunId}`, { body });
    expect([status, problem.errors[0].path]).toEqual([400, path]);
  });

  it("is closed to everybody else", async () => {
    const stranger = await guest();
    expect(idsOf(await stranger.get("/v1/images"))).toEqual([]);
    for (const [method, path, body] of [
      ["GET", `/v1/images/${sunId}`],
      ["PATCH", `/v1/images/${sunId}`, { caption: "mine" }],
      ["GET", `/v1/images/${sunId}/similar`],
      ["POST", "/v1/image-archives", { ids: [sunId] }],
    ] as const) {
      expect((await stranger.call(method, path, { body })).status, path).toBe(403);
      expect((await anonymous().call(method, path, { body })).status, path).toBe(401);
      const unknown = await stranger.call(method, path.replace(sunId, "img_none"), {
        body: body === undefined || !("ids" in body) ? body : { ids: ["img_none"] },
      });
      expect(unknown.status, path).toBe(404);
    }
    expect(idsOf(await stranger.get(`/v1/images?conversation_id=${made.conversation_id}`))).toEqual([]);
  });

  it("forgets a deleted picture everywhere", async () => {
    const other = await guest();
    const own = await generated(other, "a red kite");
    const [{ id }] = own.images;
    expect((await other.call("DELETE", `/v1/images/${id}`)).status).toBe(204);
    expect((await other.get(`/v1/images/${id}`)).status).toBe(404);
    expect(idsOf(await other.get("/v1/images?q=kite"))).toEqual([]);
    expect((await other.get("/v1/search?q=kite&scope=images")).body.data).toEqual([]);
    expect((await other.get(`/v1/conversations/${own.conversation_id}`)).body.image_count).toBe(0);
    expect((await other.get("/v1/users/me/storage")).body.count).toBe(0);
  });
});

describe("a generation saved to its conversation", () => {
  it("is a message with all that is known, found by words of its prompt", async () => {
    const someone = await guest();
    const done = await generated(someone, "an orange submarine", { negative_prompt: "fish", num_images: 2, seed: 5 });
    const { body } = await someone.get(`/v1/conversations/${done.conversation_id}/messages`);
    const message = body.data.at(-1);
    expect(message).toMatchObject({
      id: done.message_id,
      role: "assistant",
      metadata: {
        model: done.model_type,
        prompt: "an orange submarine",
        negative_prompt: "fish",
        cloud_service: "blob",
        num_images: 2,
        generation_id: done.id,
        generation_time_ms: expect.any(Number),
        finish_reason: "stop",
      },
    });
    expect(message.images).toHaveLength(2);
    expect(message.images[0]).toMatchObject({
      image_id: done.images[0].id,
      url: expect.stringContaining("sig="),
      thumbnail_url: expect.stringContaining("sig="),
      cloud_url: null,
      caption: null,
      size: expect.any(Number),
      mime_type: "image/png",
      width: 256,
      height: 256,
      generated: true,
      service: "blob",
      uploaded_at: expect.any(String),
    });
    const found = await someone.get("/v1/search?q=submarine&scope=images");
    expect(found.body.data.map(({ image }: { image: { id: string } }) => image.id).sort()).toEqual(
      done.images.map(({ id }: { id: string }) => id).sort(),
    );
    expect((await someone.get(`/v1/conversations/${done.conversation_id}`)).body.image_count).toBe(2);
  });
});

describe("similar pictures", () => {
  it("are altered copies, the closest first; other pictures and other people's are not", async () => {
    const someone = await guest();
    const original = await scene("sun", { width: 800 });
    const { body: first } = await uploadPicture(someone, original);
    const jpeg = await uploadPicture(someone, await sharp(original).resize(320).jpeg({ quality: 40 }).toBuffer());
    const cropped = await uploadPicture(
      someone,
      await sharp(original).extract({ left: 16, top: 12, width: 768, height: 576 }).webp({ quality: 60 }).toBuffer(),
    );
    const towerId = await uploaded(someone, "tower");
    await uploaded(someone, "stripes");
    await uploadPicture(await guest(), original);

    const similar = await someone.get(`/v1/images/${first.id}/similar`);
    expect(similar.status).toBe(200);
    expect(idsOf(similar).sort()).toEqual([jpeg.body.id, cropped.body.id].sort());
    const distances: number[] = similar.body.data.map(({ distance }: { distance: number }) => distance);
    expect(distances).toEqual([...distances].sort((left, right) => left - right));
    expect(Math.max(...distances)).toBeLessThanOrEqual(14);

    const all = await someone.get(`/v1/images/${first.id}/similar?max_distance=64`);
    expect(all.body.data).toHaveLength(4);
    expect(all.body.data.find(({ id }: { id: string }) => id === towerId).distance).toBeGreaterThan(14);
    expect((await someone.get(`/v1/images/${first.id}/similar?limit=1`)).body.data).toHaveLength(1);
    expect((await someone.get(`/v1/images/${first.id}/similar?max_distance=65`)).status).toBe(400);
    await someone.call("DELETE", `/v1/images/${jpeg.body.id}`);
    expect(idsOf(await someone.get(`/v1/images/${first.id}/similar`))).toEqual([cropped.body.id]);
  });
});

describe("batches", () => {
  it("give a result an id, in their order, and go on where one fails", async () => {
    const [someone, stranger] = await Promise.all([guest(), guest()]);
    const mine = await uploaded(someone, "sun");
    const foreign = await uploaded(stranger, "tower");
    const ids = [foreign, mine, "img_none"];
    const tagged = await someone.post("/v1/image-batches", { action: "tag", ids, tags: ["Summer", "summer", "hill"] });
    expect(tagged.status).toBe(200);
    expect(tagged.body).toMatchObject({
      succeeded: 1,
      failed: 2,
      results: [
        { id: foreign, success: false, error: { code: "forbidden", status: 403 } },
        { id: mine, success: true, tags: ["summer", "hill"] },
        { id: "img_none", success: false, error: { code: "not_found", status: 404 } },
      ],
    });
    const untagged = await someone.post("/v1/image-batches", { action: "untag", ids: [mine], tags: ["HILL", "none"] });
    expect(untagged.body.results).toEqual([{ id: mine, success: true, tags: ["summer"] }]);
    const deleted = await someone.post("/v1/image-batches", { action: "delete", ids });
    expect(deleted.body.results.map(({ success }: { success: boolean }) => success)).toEqual([false, true, false]);
    expect((await someone.get(`/v1/images/${mine}`)).status).toBe(404);
    expect((await stranger.get(`/v1/images/${foreign}`)).body.tags).toEqual([]);
  });

  it("keeps the tags of all batches that come at once, up to the most a picture may have", async () => {
    const someone = await guest();
    const id = await uploaded(someone, "sun");
    const tags = Array.from({ length: 15 }, (_, index) => `t${index}`).sort();
    const answers = await Promise.all(
      tags.map((tag) => someone.post("/v1/image-batches", { action: "tag", ids: [id], tags: [tag] })),
    );
    const kept = (await someone.get(`/v1/images/${id}`)).body.tags.sort();
    expect(answers.map(({ body }) => body.results[0].success)).toEqual(tags.map(() => true));
    expect(kept).toEqual(tags);
    const many = Array.from({ length: 20 }, (_, index) => `u${index}`);
    const { body } = await someone.post("/v1/image-batches", { action: "tag", ids: [id], tags: many });
    expect(body.results[0]).toMatchObject({ success: false, error: { code: "unprocessable" } });
  });

  it.each([
    [{ action: "delete", ids: [] }, "ids"],
    [{ action: "delete", ids: Array.from({ length: 101 }, (_, index) => `img_${index}`) }, "ids"],
    [{ action: "delete", ids: ["img_1", "img_1"] }, "ids"],
    [{ action: "tag", ids: ["img_1"] }, "tags"],
    [{ action: "delete", ids: ["img_1"], tags: ["a"] }, "tags"],
    [{ action: "share", ids: ["img_1"] }, "action"],
  ])("refuses %j", async (body, path) => {
    const answer = await (await guest()).post("/v1/image-batches", body);
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, path]);
  });
});

describe("storage statistics", () => {
  it("count pictures, bytes, what is stored once, and what is left", async () => {
    const someone = await guest();
    const bytes = await scene("sun");
    await uploadPicture(someone, bytes);
    const twin = await uploadPicture(someone, bytes);
    expect(twin.status).toBe(201);
    const done = await generated(someone, "a hill");
    const { body } = await someone.get("/v1/users/me/storage");
    const ownBytes = done.images[0].size;
    expect(body).toMatchObject({
      count: 3,
      bytes: 2 * bytes.byteLength + ownBytes,
      stored_bytes: bytes.byteLength + ownBytes,
      dedup_saved_bytes: bytes.byteLength,
      generated_count: 1,
      uploaded_count: 2,
      lost_count: 0,
      services: {
        blob: { count: 3, bytes: bytes.byteLength + ownBytes },
        imgbb: { count: 0, bytes: 0 },
        postimages: { count: 0, bytes: 0 },
        local: { count: 0, bytes: 0 },
      },
      files: { count: 0, bytes: 0 },
      quota: { tier: "free", count: 200, bytes: 209_715_200 },
      used: { count: 2, bytes: 2 * bytes.byteLength },
      remaining: { count: 198, bytes: 209_715_200 - 2 * bytes.byteLength },
    });
    await someone.call("DELETE", `/v1/images/${twin.body.id}`);
    const after = (await someone.get("/v1/users/me/storage")).body;
    expect([after.count, after.dedup_saved_bytes]).toEqual([2, 0]);
    expect((await someone.get("/v1/images?generated=false")).body.data).toHaveLength(1);
  });

  it("of all accounts are for administrators", async () => {
    const someone = await guest();
    expect((await someone.get("/v1/admin/storage")).status).toBe(403);
    expect((await anonymous().get("/v1/admin/storage")).status).toBe(401);
  });
});

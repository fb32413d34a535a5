import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type Client, eventually, guest } from "../support/client.ts";

const quick = { image_size: "64x64" } as const;

async function picture(color: string, format: "png" | "jpeg" | "webp" | "gif" = "png"): Promise<Buffer> {
  return sharp({ create: { width: 80, height: 60, channels: 3, background: color } })
    .toFormat(format)
    .toBuffer();
}

const dataUrl = (bytes: Buffer, type = "image/png") => `data:${type};base64,${bytes.toString("base64")}`;

async function make(client: Client, body: object) {
  const accepted = await client.post("/v1/generations", { prompt: "x", ...quick, ...body });
  expect([accepted.status, accepted.body.errors]).toEqual([202, undefined]);
  return (await client.get(`/v1/generations/${accepted.body.id}?wait=60`)).body;
}

describe("pictures from a picture", () => {
  it("start from what came with the request, which is stored once", async () => {
    const someone = await guest();
    const init_image = { data_url: dataUrl(await picture("#a03020")) };
    const done = await make(someone, { init_image, denoising_strength: 0.3, seed: 5 });
    expect(done).toMatchObject({ kind: "image_to_image", status: "completed", denoising_strength: 0.3 });
    const original = await someone.raw("GET", `/v1/images/${done.init_image_id}/content`);
    expect(original.headers.get("content-type")).toBe("image/png");
    const again = await make(someone, { init_image });
    expect(again).toMatchObject({ init_image_id: done.init_image_id, denoising_strength: null });
    const { data } = (await someone.get(`/v1/conversations/${done.conversation_id}/messages`)).body;
    expect(data[0].metadata.denoising_strength).toBe(0.3);
  });

  it("start from one of one's pictures, or of one's files", async () => {
    const someone = await guest();
    const first = await make(someone, {});
    const next = await make(someone, { init_image: { image_id: first.images[0].id } });
    expect(next).toMatchObject({ status: "completed", init_image_id: first.images[0].id });
    const uploaded = await fetch(`${someone.baseUrl}/api/v1/files`, {
      method: "POST",
      headers: { authorization: `Bearer ${someone.token}`, "x-file-name": "start.webp" },
      body: Uint8Array.from(await picture("#204060", "webp")),
    });
    expect(uploaded.status).toBe(201);
    const file = (await uploaded.json()) as { id: string };
    const third = await make(someone, { init_image: { file_id: file.id } });
    expect(third).toMatchObject({ kind: "image_to_image", status: "completed" });
  });

  it("look like what they start from, the less they may be changed", async () => {
    const someone = await guest();
    const init_image = { data_url: dataUrl(await picture("#ff0000")) };
    const { images } = await make(someone, { init_image, denoising_strength: 0 });
    const { channels } = await sharp(Buffer.from(await (await fetch(images[0].url)).arrayBuffer())).stats();
    const [red, green] = channels.map(({ mean }) => mean);
    expect(red).toBeGreaterThan(200);
    expect(green).toBeLessThan(60);
  });
});

describe("a picture to start from that is no good", () => {
  it.each([
    ["nothing", {}, "init_image"],
    ["two sources", { image_id: "img_1", file_id: "file_1" }, "init_image"],
    ["an unknown source", { url: "https://example.org/a.png" }, "init_image.url"],
    ["another kind of data", { data_url: "data:text/plain;base64,aGFsbG8=" }, "init_image.data_url"],
    ["a drawing", { data_url: "data:image/svg+xml;base64,PHN2Zy8+" }, "init_image.data_url"],
    ["bytes that are no picture", { data_url: "data:image/png;base64,aGFsbG8=" }, "init_image.data_url"],
    ["what is not base64", { data_url: "data:image/png;base64,%%%%" }, "init_image.data_url"],
  ])("%s is refused by name and costs nothing", async (_what, init_image, path) => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/generations", { prompt: "x", init_image });
    expect([status, body.code, body.errors[0].path]).toEqual([400, "validation_failed", path]);
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0 });
  });

  it("is one that says it is something else, is cut off, or unpacks to too much", async () => {
    const someone = await guest();
    const jpeg = await picture("#123456", "jpeg");
    const bomb = await sharp({ create: { width: 9_000, height: 9_000, channels: 3, background: "#000" } })
      .png()
      .toBuffer();
    const noise = await sharp({
      create: { width: 200, height: 200, channels: 3, background: "#000", noise: { type: "gaussian" } },
    })
      .png()
      .toBuffer();
    for (const bytes of [jpeg, bomb, noise.subarray(0, noise.byteLength / 2)]) {
      const init_image = { data_url: dataUrl(Buffer.from(bytes)) };
      const { status, body } = await someone.post("/v1/generations", { prompt: "x", init_image });
      expect([status, body.errors?.[0].path]).toEqual([400, "init_image.data_url"]);
    }
  });

  it("belongs to somebody else, or is not there", async () => {
    const [owner, other] = [await guest(), await guest()];
    const { images } = await make(owner, {});
    const ask = (init_image: object) => other.post("/v1/generations", { prompt: "x", init_image });
    const foreign = await ask({ image_id: images[0].id });
    expect([foreign.status, foreign.body.errors[0].path]).toEqual([403, "init_image.image_id"]);
    const missing = await ask({ image_id: "img_none" });
    expect([missing.status, missing.body.errors[0].path]).toEqual([404, "init_image.image_id"]);
    expect((await ask({ file_id: "file_none" })).status).toBe(404);
    expect(await other.balance()).toBe(20);
  });

  it("may be missing where its strength is given, which then says nothing", async () => {
    const someone = await guest();
    const alone = await someone.post("/v1/generations", { prompt: "x", denoising_strength: 0.5 });
    expect([alone.status, alone.body.kind, alone.body.denoising_strength]).toEqual([202, "text_to_image", null]);
    const init_image = { image_id: "img_1" };
    const wide = await someone.post("/v1/generations", { prompt: "x", init_image, denoising_strength: 1.1 });
    expect([wide.status, wide.body.errors[0].path]).toEqual([400, "denoising_strength"]);
  });
});

describe("the blocking doors", () => {
  it("wait for the pictures and give them in one answer", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/generate-image", {
      prompt: "a lamp",
      num_images: 2,
      save_to_storage: false,
      ...quick,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, saved_to_db: true, cloud_url: null, cloud_urls: [null, null] });
    expect(body.image_urls).toHaveLength(2);
    expect(body.image_url).toBe(body.image_urls[0]);
    expect(body.filenames).toEqual([`${body.generation_id}_0.png`, `${body.generation_id}_1.png`]);
    expect(await sharp(Buffer.from(body.images[0], "base64")).metadata()).toMatchObject({ format: "jpeg", width: 64 });
    const { data } = (await someone.get(`/v1/conversations/${body.conversation_id}/messages`)).body;
    expect(data[0].images).toHaveLength(2);
    expect(await someone.balance()).toBe(18);
  });

  it("take a picture to start from in every form that clients send", async () => {
    const someone = await guest();
    const bytes = await picture("#80c020", "jpeg");
    const forms = [
      { init_image: dataUrl(bytes, "image/jpeg") },
      { image: bytes.toString("base64") },
      { init_image: { data_url: dataUrl(bytes, "image/jpg") } },
    ];
    const answers = await Promise.all(
      forms.map((form) => someone.post("/img2img", { prompt: "x", ...quick, ...form })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const made = (await someone.get(`/v1/generations/${answers[0]?.body.generation_id}`)).body;
    expect(made.kind).toBe("image_to_image");
    const without = await someone.post("/img2img", { prompt: "x" });
    expect([without.status, without.body.errors[0].path]).toEqual([400, "init_image"]);
  });

  it("say what went wrong, and give the credits back", async () => {
    const someone = await guest();
    const failed = await someone.post("/generate-image", { prompt: "x [[fail:garbage]]", ...quick });
    expect([failed.status, failed.body.code]).toEqual([502, "provider_failed"]);
    const refused = await someone.post("/generate-image", { prompt: "x [[fail:content_filter]]", ...quick });
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, "prompt"]);
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0, spent: 0 });
    await someone.post("/generate-image", { prompt: "x", num_images: 4, ...quick });
    const many = Array.from({ length: 5 }, () =>
      someone.post("/generate-image", { prompt: "x", num_images: 4, ...quick }),
    );
    expect((await Promise.all(many)).map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 402]);
  });

  it.each([
    ["/generate-image", (body: { code?: string }) => body.code],
    ["/openai/v1/images/generations", ({ error }: { error?: { code: string } }) => error?.code],
  ])("of %s say that the generation was cancelled when it is deleted meanwhile", async (path, codeOf) => {
    const someone = await guest();
    const size = path === "/generate-image" ? quick : { size: "64x64" };
    const answer = someone.post(path, { prompt: "x [[stall]]", ...size });
    const [job] = await eventually(
      async () => (await someone.get("/v1/generations")).body.data,
      ([first]) => first !== undefined,
    );
    expect((await someone.call("DELETE", `/v1/generations/${job.id}`)).status).toBe(204);
    const { status, body } = await answer;
    expect([status, codeOf(body)]).toEqual([409, "conflict"]);
    expect(await someone.balance()).toBe(20);
  });

  it("answer a repeat with the same key as the first time", async () => {
    const someone = await guest();
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = { prompt: "a key", ...quick };
    const first = await someone.post("/generate-image", body, { headers });
    const again = await someone.post("/generate-image", body, { headers });
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.body).toEqual(first.body);
    expect(await someone.balance()).toBe(19);
  });
});

describe("deleting a generation", () => {
  it("takes it out of the list, with its pictures, and keeps what it cost", async () => {
    const [someone, other] = [await guest(), await guest()];
    const done = await make(someone, {});
    expect((await other.call("DELETE", `/v1/generations/${done.id}`)).status).toBe(403);
    expect((await someone.call("DELETE", `/v1/generations/${done.id}`)).status).toBe(204);
    expect((await someone.get(`/v1/generations/${done.id}`)).status).toBe(404);
    expect((await someone.get("/v1/generations")).body.data).toEqual([]);
    expect((await fetch(done.images[0].url)).status).toBe(404);
    const { data } = (await someone.get(`/v1/conversations/${done.conversation_id}/messages`)).body;
    expect(data[0].images).toEqual([]);
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 19, held: 0, spent: 1 });
    expect((await someone.call("DELETE", `/v1/generations/${done.id}`)).status).toBe(404);
  });

  it("cancels one that runs, and gives its credits back", async () => {
    const someone = await guest();
    const { id } = (await someone.post("/v1/generations", { prompt: "x [[stall]]", ...quick })).body;
    expect((await someone.call("DELETE", `/v1/generations/${id}`)).status).toBe(204);
    expect((await someone.get(`/v1/generations/${id}`)).status).toBe(404);
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0, spent: 0 });
  });
});

import { describe, expect, it } from "vitest";
import { type Client, guest } from "../support/client.ts";

async function generate(someone: Client, prompt: string, more: Record<string, unknown> = {}) {
  const { body } = await someone.post("/v1/generations", { prompt, image_size: "64x64", ...more });
  return (await someone.get(`/v1/generations/${body.id}?wait=30`)).body;
}

describe("a picture's bytes", () => {
  it("come whole or in part, and not again to whoever has them", async () => {
    const someone = await guest();
    const { url, size } = (await generate(someone, "a lighthouse")).images[0];
    const whole = await fetch(url);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(whole.status).toBe(200);
    expect(bytes.length).toBe(size);
    expect(whole.headers.get("content-length")).toBe(String(size));
    expect(whole.headers.get("accept-ranges")).toBe("bytes");
    expect(whole.headers.get("cache-control")).toMatch(/^private, max-age=\d+, immutable$/);
    const etag = whole.headers.get("etag") ?? "";

    const part = async (headers: Record<string, string>) => {
      const response = await fetch(url, { headers });
      return {
        status: response.status,
        range: response.headers.get("content-range"),
        bytes: Buffer.from(await response.arrayBuffer()),
      };
    };
    expect(await part({ range: "bytes=10-19" })).toEqual({
      status: 206,
      range: `bytes 10-19/${size}`,
      bytes: bytes.subarray(10, 20),
    });
    expect((await part({ range: "bytes=-5" })).bytes).toEqual(bytes.subarray(-5));
    expect(await part({ range: `bytes=${size}-` })).toMatchObject({ status: 416, range: `bytes */${size}` });
    expect(await part({ range: "bytes=0-0", "if-range": etag })).toMatchObject({ status: 206 });
    expect(await part({ range: "bytes=0-0", "if-range": '"older"' })).toMatchObject({ status: 200, bytes });
    expect(await part({ "if-none-match": `"other", W/${etag}` })).toMatchObject({ status: 304 });

    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), head.headers.get("etag")]).toEqual([
      200,
      String(size),
      etag,
    ]);
  });

  it("come as a preview too, each variant by its own signature only", async () => {
    const someone = await guest();
    const { id, url, thumbnail_url: thumbnail } = (await generate(someone, "a pier")).images[0];
    const preview = await someone.raw("GET", `/v1/images/${id}/content?variant=preview`);
    expect(preview.status).toBe(200);
    expect(preview.headers.get("content-type")).toBe("image/jpeg");
    expect(preview.headers.get("cache-control")).toBe("private, no-cache");
    expect((await preview.arrayBuffer()).byteLength).toBeLessThanOrEqual(500_000);
    expect((await fetch(thumbnail.replace("variant=thumbnail", "variant=original"))).status).toBe(403);
    const expired = new URL(url);
    expired.searchParams.set("exp", "1000000000");
    expect((await fetch(expired)).status).toBe(403);
  });
});

describe("deleting a picture", () => {
  it("removes it everywhere: its bytes, its signed addresses, its generation and its message", async () => {
    const someone = await guest();
    const generation = await generate(someone, "a harbour", { num_images: 2 });
    const [first, second] = generation.images;

    expect((await someone.call("DELETE", `/v1/images/${first.id}`)).status).toBe(204);

    expect((await fetch(first.url)).status).toBe(404);
    expect((await fetch(first.thumbnail_url)).status).toBe(404);
    expect((await someone.get(`/v1/images/${first.id}/content`)).status).toBe(404);
    const after = (await someone.get(`/v1/generations/${generation.id}`)).body;
    expect(after.images.map(({ id }: { id: string }) => id)).toEqual([second.id]);
    const messages = (await someone.get(`/v1/conversations/${generation.conversation_id}/messages`)).body.data;
    expect(messages[0].images.map((image: { image_id: string }) => image.image_id)).toEqual([second.id]);
    expect((await fetch(second.url)).status).toBe(200);
  });

  it("is forbidden for others, and not found for what is unknown or gone", async () => {
    const [someone, other] = await Promise.all([guest(), guest()]);
    const { images } = await generate(someone, "a hill");
    const path = `/v1/images/${images[0].id}`;
    expect((await other.call("DELETE", path)).body).toMatchObject({ status: 403, code: "forbidden" });
    expect((await someone.call("DELETE", "/v1/images/img_unknown")).status).toBe(404);
    expect((await someone.call("DELETE", path, { token: undefined })).status).toBe(401);
    expect((await someone.call("DELETE", path)).status).toBe(204);
    expect((await someone.call("DELETE", path)).status).toBe(404);
    expect((await other.call("DELETE", path)).status).toBe(404);
  });

  it("keeps the bytes for another picture that shares them, until that one goes too", async () => {
    const someone = await guest();
    const first = (await generate(someone, "the same tower", { seed: 7 })).images[0];
    const second = (await generate(someone, "the same tower", { seed: 7 })).images[0];
    expect(first.id).not.toBe(second.id);
    expect((await someone.call("DELETE", `/v1/images/${first.id}`)).status).toBe(204);
    expect((await fetch(first.url)).status).toBe(404);
    for (const url of [second.url, second.thumbnail_url]) expect((await fetch(url)).status).toBe(200);
    expect((await someone.call("DELETE", `/v1/images/${second.id}`)).status).toBe(204);
    expect((await fetch(second.url)).status).toBe(404);
  });
});

it("restoring pictures is for administrators", async () => {
  const someone = await guest();
  expect((await someone.post("/v1/image-restores", { target: "cache" })).status).toBe(403);
});

import { Buffer } from "node:buffer";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { guest } from "../support/client.ts";
import { zip } from "../support/documents.ts";
import { bomb, photoWithPlace, picturesWithNotes, scene } from "../support/pictures.ts";
import { sendPicture, uploadPicture, uploadPictureForm } from "../support/uploads.ts";

const json = { "content-type": "application/json" };
const jpeg = async () =>
  sharp(await scene("sun"))
    .jpeg()
    .toBuffer();
const script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const archive = zip([{ name: "a.txt", bytes: Buffer.from("a") }]);
const page = Buffer.from("<html><script>alert(1)</script></html>");

describe("uploading a picture", () => {
  it.each(["png", "jpeg", "gif", "webp"] as const)("takes %s and gives the bytes back as they were", async (format) => {
    const someone = await guest();
    const bytes = await sharp(await scene("sun"))
      .toFormat(format)
      .toBuffer();
    const { status, body, headers } = await uploadPictureForm(someone, bytes, `sun.${format}`);
    expect([status, headers.get("location")]).toEqual([201, `/api/v1/images/${body.id}`]);
    expect(body).toMatchObject({
      generated: false,
      prompt: null,
      generation_id: null,
      conversation: null,
      mime_type: `image/${format}`,
      size: bytes.byteLength,
      width: 400,
      height: 300,
    });
    const content = await fetch(body.url);
    expect([content.headers.get("content-type"), content.headers.get("x-content-type-options")]).toEqual([
      `image/${format}`,
      "nosniff",
    ]);
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it("takes a body without a name, and shows by its content what it is", async () => {
    const someone = await guest();
    expect((await sendPicture(someone, await scene("sun"))).body.mime_type).toBe("image/png");
    expect((await sendPicture(someone, "hello")).status).toBe(415);
  });

  it("takes a data URL, with caption and tags", async () => {
    const someone = await guest();
    const data_url = `data:image/jpg;base64,${(await jpeg()).toString("base64")}`;
    const { status, body } = await someone.post("/v1/images", { data_url, caption: "Sun", tags: ["A", "b"] });
    expect([status, body.mime_type, body.caption, body.tags]).toEqual([201, "image/jpeg", "Sun", ["a", "b"]]);
  });

  it("stores the same bytes once, and keeps them until the last picture with them goes", async () => {
    const someone = await guest();
    const bytes = await scene("sun");
    const [first, second] = [await uploadPicture(someone, bytes), await uploadPicture(someone, bytes)];
    expect([first.status, second.status, first.body.sha256 === second.body.sha256]).toEqual([201, 201, true]);
    expect(first.body.id).not.toBe(second.body.id);
    await someone.call("DELETE", `/v1/images/${first.body.id}`);
    expect((await fetch(second.body.url)).status).toBe(200);
    expect((await fetch(first.body.url)).status).toBe(404);
  });

  it("makes one picture for one idempotency key, and refuses the key for another picture", async () => {
    const someone = await guest();
    const headers = { "x-file-name": "a.png", "idempotency-key": "one" };
    const first = await sendPicture(someone, await scene("sun"), headers);
    const again = await sendPicture(someone, await scene("sun"), headers);
    expect([again.status, again.body.id, again.headers.get("idempotency-replayed")]).toEqual([
      201,
      first.body.id,
      "true",
    ]);
    expect((await sendPicture(someone, await scene("tower"), headers)).status).toBe(422);
    expect((await someone.get("/v1/images")).body.data).toHaveLength(1);
  });

  it("places it in a conversation of its owner only", async () => {
    const [someone, stranger] = await Promise.all([guest(), guest()]);
    const conversation = (await someone.post("/v1/conversations", {})).body.id;
    const query = `?conversation_id=${conversation}`;
    const { body } = await uploadPicture(someone, await scene("sun"), "a.png", query);
    expect(body.conversation).toEqual({ id: conversation, title: expect.any(String) });
    expect((await uploadPicture(stranger, await scene("sun"), "a.png", query)).status).toBe(403);
    expect((await uploadPicture(someone, await scene("sun"), "a.png", "?conversation_id=conv_none")).status).toBe(404);
  });

  it("tells nobody with whom a photo is shared where it was taken", async () => {
    const someone = await guest();
    const photo = await photoWithPlace();
    expect((await sharp(photo).metadata()).exif?.includes("SecretCamera")).toBe(true);
    const { body } = await uploadPicture(someone, photo, "IMG_1.JPG");
    // Upright, as it is seen.
    expect([body.width, body.height]).toEqual([300, 400]);
    for (const url of [body.url, body.preview_url, body.thumbnail_url]) {
      const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
      const { exif, xmp, iptc } = await sharp(bytes).metadata();
      expect([exif, xmp, iptc]).toEqual([undefined, undefined, undefined]);
      expect(bytes.includes("SecretCamera")).toBe(false);
    }
    const own = await someone.raw("GET", `/v1/images/${body.id}/content`);
    expect(Buffer.from(await own.arrayBuffer()).equals(photo)).toBe(true);
    const preview = await sharp(Buffer.from(await (await fetch(body.preview_url)).arrayBuffer())).metadata();
    expect([preview.width, preview.height]).toEqual([300, 400]);
    const sent = await someone.post("/v1/chat", { content: "look", images: [body.id] });
    expect(sent.status, JSON.stringify(sent.body)).toBe(200);
    const share = await someone.post(`/v1/conversations/${sent.body.conversation.id}/share`, {});
    const [image] = (await someone.get(`/v1/shared/${share.body.token}`, { token: undefined })).body.messages[0].images;
    const shown = await fetch(image.url);
    expect([shown.status, shown.headers.get("content-type"), image.mime_type]).toEqual([
      200,
      "image/jpeg",
      "image/jpeg",
    ]);
    expect(Buffer.from(await shown.arrayBuffer()).includes("SecretCamera")).toBe(false);
  });

  it("shares no notes of programs either, wherever they stand in the file", async () => {
    const someone = await guest();
    for (const picture of await picturesWithNotes("taken at home")) {
      const { status, body } = await uploadPicture(someone, picture, "");
      expect(status).toBe(201);
      const shared = Buffer.from(await (await fetch(body.url)).arrayBuffer());
      expect(shared.includes("taken at home"), body.mime_type).toBe(false);
      expect(await sharp(shared).metadata()).toMatchObject({ width: 400, height: 300 });
      const own = await someone.raw("GET", `/v1/images/${body.id}/content`);
      expect(Buffer.from(await own.arrayBuffer()).equals(picture)).toBe(true);
    }
  });
});

describe("what is refused", () => {
  it.each<[string, () => Promise<Uint8Array> | Uint8Array, string, number]>([
    ["an SVG with a script", () => Buffer.from(script), "a.svg", 415],
    ["an SVG that is called a PNG", () => Buffer.from(script), "a.png", 415],
    ["a page that is called a JPEG", () => page, "a.jpg", 415],
    ["a PNG that is called a JPEG", () => scene("sun"), "a.jpg", 415],
    ["a PNG that is called a program", () => scene("sun"), "a.exe", 415],
    ["a PNG that is called a page", () => scene("sun"), "a.png.html", 415],
    ["a ZIP archive", () => archive, "a.png", 415],
    [
      "a TIFF",
      async () =>
        sharp(await scene("sun"))
          .tiff()
          .toBuffer(),
      "a.tiff",
      415,
    ],
    ["a PNG with a page behind it", async () => Buffer.concat([await scene("sun"), page]), "a.png", 422],
    ["a PNG with an archive behind it", async () => Buffer.concat([await scene("sun"), archive]), "a.png", 422],
    ["a JPEG with a page behind it", async () => Buffer.concat([await jpeg(), page]), "a.jpg", 422],
    [
      "a GIF with a page behind it",
      async () =>
        Buffer.concat([
          await sharp(await scene("sun"))
            .gif()
            .toBuffer(),
          page,
        ]),
      "a.gif",
      422,
    ],
    [
      "a WebP with a page behind it",
      async () =>
        Buffer.concat([
          await sharp(await scene("sun"))
            .webp()
            .toBuffer(),
          page,
        ]),
      "a.webp",
      422,
    ],
    ["a PNG of a few bytes and 10 gigapixels", () => bomb(100_000, 100_000), "a.png", 422],
    ["a PNG of a few bytes and 60 megapixels", () => bomb(10_000, 6_000), "a.png", 422],
    ["a PNG that breaks off", async () => (await scene("sun")).subarray(0, 600), "a.png", 422],
    ["nothing but a head", () => Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), "a.png", 415],
  ])("%s", async (_what, make, name, expected) => {
    const someone = await guest();
    const bytes = await make();
    for (const answer of [await uploadPicture(someone, bytes, name), await uploadPictureForm(someone, bytes, name)]) {
      expect([answer.status, answer.body.errors?.[0].path], JSON.stringify(answer.body)).toEqual([expected, "file"]);
    }
    expect((await someone.get("/v1/images")).body.data).toEqual([]);
    expect((await someone.get("/v1/users/me/storage")).body.used).toEqual({ count: 0, bytes: 0 });
  });

  it.each<[object, number, string]>([
    [{}, 400, "url"],
    [{ url: "https://example.com/a.png", data_url: "data:image/png;base64,AA==" }, 400, "url"],
    [{ url: "not an address" }, 400, "url"],
    [{ url: "file:///etc/passwd" }, 400, "url"],
    [{ url: "ftp://example.com/a.png" }, 400, "url"],
    [{ url: "http://127.0.0.1:1/a.png" }, 400, "url"],
    [{ url: "http://localhost/a.png" }, 400, "url"],
    [{ url: "http://[::1]/a.png" }, 400, "url"],
    [{ url: "http://[::ffff:127.0.0.1]/a.png" }, 400, "url"],
    [{ url: "http://2130706433/a.png" }, 400, "url"],
    [{ url: "http://0x7f.1/a.png" }, 400, "url"],
    [{ url: "http://0/a.png" }, 400, "url"],
    [{ url: "http://169.254.169.254/latest/meta-data/" }, 400, "url"],
    [{ url: "http://10.0.0.1/a.png" }, 400, "url"],
    [{ url: "http://user:secret@example.com/a.png" }, 400, "url"],
    [{ data_url: "data:text/html;base64,PGI+" }, 400, "data_url"],
    [{ data_url: "data:image/png;base64,%%%" }, 400, "data_url"],
    [{ data_url: "data:image/png;base64," }, 400, "data_url"],
    [{ data_url: `data:image/svg+xml;base64,${Buffer.from(script).toString("base64")}` }, 415, "data_url"],
    [{ data_url: "data:image/png;base64,AA==", owner: "me" }, 400, "owner"],
    [
      { data_url: "data:image/png;base64,AA==", tags: Array.from({ length: 21 }, (_, index) => `${index}`) },
      400,
      "tags",
    ],
  ])("%j", async (body, status, path) => {
    const answer = await (await guest()).post("/v1/images", body);
    expect([answer.status, answer.body.errors?.[0].path], JSON.stringify(answer.body)).toEqual([status, path]);
  });

  it("a data URL that says another format than its bytes have", async () => {
    const data_url = `data:image/png;base64,${(await jpeg()).toString("base64")}`;
    const { status, body } = await (await guest()).post("/v1/images", { data_url });
    expect([status, body.errors[0].path]).toEqual([415, "data_url"]);
  });

  it("more than 50 MB, a foreign field, and JSON that is none", async () => {
    const someone = await guest();
    const large = await sendPicture(someone, Buffer.alloc(52_428_801), { "x-file-name": "a.png" });
    expect(large.status).toBe(413);
    const form = await uploadPictureForm(someone, await scene("sun"), "a.png", { owner: "me" });
    expect(form.status).toBe(400);
    expect((await sendPicture(someone, "{", json)).status).toBe(400);
  });
});

describe("an archive", () => {
  it("holds the originals under safe names of their own", async () => {
    const someone = await guest();
    const [sun, tower] = [await scene("sun"), await scene("tower")];
    const names = ["../../etc/passwd", "C:\\windows\\évil\u0000.png", "a".repeat(300)];
    const ids: string[] = [];
    for (const [index, caption] of names.entries()) {
      const { body } = await uploadPictureForm(someone, index === 1 ? tower : sun, "a.png", { caption });
      ids.push(body.id);
    }
    const response = await someone.raw("POST", "/v1/image-archives", { body: { ids } });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/zip"]);
    expect(response.headers.get("content-disposition")).toContain('attachment; filename="muse-images.zip"');
    const sent = Buffer.from(await response.arrayBuffer());
    const entries = listZip(sent);
    expect(entries.map(({ name }) => name)).toEqual([
      expect.stringMatching(new RegExp(`^\\d{4}-\\d\\d-\\d\\d_etc-passwd_${ids[0]}\\.png$`)),
      expect.stringMatching(new RegExp(`^\\d{4}-\\d\\d-\\d\\d_c-windows-evil-png_${ids[1]}\\.png$`)),
      expect.stringMatching(new RegExp(`^\\d{4}-\\d\\d-\\d\\d_a{40}_${ids[2]}\\.png$`)),
    ]);
    expect(entries.map(({ size }) => size)).toEqual([sun.byteLength, tower.byteLength, sun.byteLength]);
    expect(sent.includes(tower)).toBe(true);
  });

  it("is refused whole when one picture is not one's own, naming it", async () => {
    const [someone, stranger] = await Promise.all([guest(), guest()]);
    const mine = (await uploadPicture(someone, await scene("sun"))).body.id;
    const foreign = (await uploadPicture(stranger, await scene("sun"))).body.id;
    const { status, body } = await someone.post("/v1/image-archives", { ids: [mine, foreign] });
    expect([status, body.errors[0].path]).toEqual([403, "ids.1"]);
    const ids = Array.from({ length: 101 }, (_, index) => `img_${index}`);
    expect((await someone.post("/v1/image-archives", { ids })).status).toBe(400);
  });
});

/** The entries of an archive by its central directory (APPNOTE 4.3.12). */
function listZip(bytes: Buffer): { name: string; size: number }[] {
  const end = bytes.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
  const found: { name: string; size: number }[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extraLength] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30)];
    found.push({ name: bytes.toString("utf8", at + 46, at + 46 + nameLength), size: bytes.readUInt32LE(at + 24) });
    at += 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32);
  }
  return found;
}

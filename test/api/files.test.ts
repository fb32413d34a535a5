import { createHash } from "node:crypto";
import { request as openRequest } from "node:http";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type Answer, anonymous, type Client, eventually, guest } from "../support/client.ts";
import { docx, pdf, zip } from "../support/documents.ts";

/** One file in a form, as a browser sends it. */
async function upload(
  client: Client,
  name: string,
  content: string | Uint8Array,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  form.set("file", new File([typeof content === "string" ? content : Uint8Array.from(content)], name));
  return send(client, form);
}

/** A request with any body; `call` of the client only knows JSON. */
async function send(
  client: Client,
  body: string | Uint8Array<ArrayBuffer> | FormData,
  headers: Record<string, string> = {},
  query = "",
): Promise<Answer> {
  const response = await fetch(`${client.baseUrl}/api/v1/files${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${client.token}`, ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function analysed(client: Client, fileId: string): Promise<Answer["body"]> {
  const { body } = await eventually(
    () => client.get(`/v1/files/${fileId}`),
    (answer) => answer.body.analysis_status !== "pending",
  );
  return body;
}

const png = (width = 40, height = 30) =>
  sharp({ create: { width, height, channels: 3, background: { r: 10, g: 120, b: 90 } } })
    .png()
    .toBuffer();

describe("uploading a file", () => {
  it("answers a repeated Idempotency-Key as before, and refuses the key for other bytes", async () => {
    const someone = await guest();
    const headers = { "content-type": "text/plain", "x-file-name": "a.txt", "idempotency-key": "upload-1" };
    const first = await send(someone, "one", headers);
    const again = await send(someone, "one", headers);
    expect([first.status, again.status, again.headers.get("idempotency-replayed")]).toEqual([201, 201, "true"]);
    expect(again.body).toEqual(first.body);
    const other = await send(someone, "two", headers);
    expect([other.status, other.body.code]).toEqual([422, "unprocessable"]);
  });

  it("takes a form and stores the bytes as they are", async () => {
    const someone = await guest();
    const { status, body, headers } = await upload(someone, "Notes über €.txt", "First line.\nSecond line.\n");
    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/api/v1/files/${body.id}`);
    expect(headers.get("ratelimit-limit")).not.toBeNull();
    expect(body).toMatchObject({
      id: expect.stringMatching(/^file_/),
      file_name: "Notes über €.txt",
      file_type: "text",
      file_size: 25,
      mime_type: "text/plain",
      sha256: createHash("sha256").update("First line.\nSecond line.\n").digest("hex"),
      analysis_status: "pending",
      conversation_id: null,
    });
    expect(JSON.stringify(body)).not.toContain("file_path");
    const content = await someone.raw("GET", `/v1/files/${body.id}/content`);
    expect(await content.text()).toBe("First line.\nSecond line.\n");
  });

  it("takes a raw body with its name in a header, percent-encoded or not", async () => {
    const someone = await guest();
    const encoded = await send(someone, "a,b\n1,2\n", { "x-file-name": encodeURIComponent("Zahlen 1€.csv") });
    expect([encoded.status, encoded.body.file_name, encoded.body.file_type]).toEqual([201, "Zahlen 1€.csv", "csv"]);
    const plain = await send(someone, '{"a": 1}', { "x-file-name": "data.json", "content-type": "application/json" });
    expect([plain.status, plain.body.file_type, plain.body.mime_type]).toEqual([201, "json", "application/json"]);
  });

  it("keeps only the last part of a path, and no control characters", async () => {
    const someone = await guest();
    const name = encodeURIComponent("../../etc/pass\u0000wd\u202E.txt");
    const { body } = await send(someone, "x", { "x-file-name": name });
    expect(body.file_name).toBe("passwd.txt");
  });

  it("belongs to a conversation when one is named, by form or query, and it is one's own", async () => {
    const someone = await guest();
    const { id } = (await someone.post("/v1/conversations", { title: "t" })).body;
    const byForm = await upload(someone, "a.txt", "a", { conversation_id: id });
    expect(byForm.body.conversation_id).toBe(id);
    const byQuery = await send(someone, "b", { "x-file-name": "b.txt" }, `?conversation_id=${id}`);
    expect(byQuery.body.conversation_id).toBe(id);
    await upload(someone, "c.txt", "c");
    const listed = await someone.get(`/v1/files?conversation_id=${id}`);
    expect(listed.body.data.map((file: { id: string }) => file.id)).toEqual([byQuery.body.id, byForm.body.id]);

    const other = await guest();
    expect((await upload(other, "a.txt", "a", { conversation_id: id })).status).toBe(403);
    const unknown = await upload(other, "a.txt", "a", { conversation_id: "conv_none" });
    expect([unknown.status, unknown.body.errors[0].path]).toEqual([404, "conversation_id"]);
  });

  it("gives the same file for the same bytes, even at once, and only to the same user", async () => {
    const someone = await guest();
    const answers = await Promise.all(
      ["a.txt", "b.txt", "c.txt", "d.txt"].map((name) => upload(someone, name, "same")),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const again = await upload(someone, "e.txt", "same");
    expect([again.status, again.body.id]).toEqual([200, answers[0]?.body.id]);
    const other = await upload(await guest(), "a.txt", "same");
    expect(other.status).toBe(201);
    expect(other.body.id).not.toBe(again.body.id);
  });
});

describe("what a file may be", () => {
  it.each([
    ["readme.md", "# Title\n\nText.", "markdown", "text/markdown"],
    ["table.csv", "a,b\n1,2\n", "csv", "text/csv"],
    ["main.py", "print('hi')\n", "source", "text/plain"],
    ["page.html", "<!doctype html><script>alert(1)</script>", "source", "text/plain"],
    ["icon.svg", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "source", "text/plain"],
    ["no-extension", "MZ is how this text begins", "text", "text/plain"],
    ["windows.txt", Buffer.from("\uFEFFÄ in UTF-16", "utf16le"), "text", "text/plain"],
    ["paper.pdf", pdf(["Hello"]), "pdf", "application/pdf"],
    ["paper", pdf(["Hello"]), "pdf", "application/pdf"],
    ["letter.DOCX", docx(["Hello"]), "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ])("%s is taken for what its content is", async (name, content, type, mimeType) => {
    const { status, body } = await upload(await guest(), name, content);
    expect([status, body.file_type, body.mime_type]).toEqual([201, type, mimeType]);
  });

  it("a picture, decoded to prove it", async () => {
    const someone = await guest();
    for (const format of ["png", "jpeg", "webp", "gif"] as const) {
      const bytes = await sharp(await png())
        .toFormat(format)
        .toBuffer();
      const { status, body } = await upload(someone, `picture.${format}`, bytes);
      expect([status, body.file_type, body.mime_type]).toEqual([201, "image", `image/${format}`]);
      expect(body.analysis_result).toEqual({ width: 40, height: 30, format });
    }
    const broken = await upload(someone, "broken.png", (await png(400, 400)).subarray(0, 200));
    expect([broken.status, broken.body.code]).toEqual([422, "unprocessable"]);
  });

  it("not a picture of too many pixels", async () => {
    const bomb = await sharp({ create: { width: 12_000, height: 6_000, channels: 3, background: "#fff" } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    const { status, body } = await upload(await guest(), "bomb.png", bomb);
    expect([status, body.code]).toEqual([422, "unprocessable"]);
  });

  it.each([
    ["picture.png", pdf(["Hello"]), "a PDF document"],
    ["paper.pdf", "only text", "plain text"],
    ["picture.gif", "<script>alert(1)</script>", "plain text"],
    ["notes.txt", docx(["Hello"]), "a Word document"],
    ["picture.jpg", Buffer.from("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00", "latin1"), ".exe"],
    ["program", Buffer.from(`\x7fELF\x02\x01\x01${"\x00".repeat(60)}`, "latin1"), "application/x-elf"],
    ["files.zip", zip([{ name: "a.txt", bytes: Buffer.from("a") }]), "application/zip"],
    ["files.docx", zip([{ name: "a.txt", bytes: Buffer.from("a") }]), "application/zip"],
    ["noise.txt", Buffer.from([1, 2, 3, 4, 0xff, 0xfe, 0, 9]), "binary data"],
  ])("%s is refused when its content is something else, and told what", async (name, content, found) => {
    const { status, body } = await upload(await guest(), name, content);
    expect([status, body.code]).toEqual([415, "unsupported_media_type"]);
    expect(body.detail).toContain(found);
  });

  it("not a picture under the name of another format", async () => {
    const { status, body } = await upload(await guest(), "picture.jpg", await png());
    expect(status).toBe(415);
    expect(body.detail).toContain("a PNG picture");
  });

  it("JSON that is none is told so", async () => {
    const { status, body } = await upload(await guest(), "data.json", "{not json");
    expect([status, body.code]).toEqual([422, "unprocessable"]);
  });

  it.each([
    [
      "unpacks to too much, though its headers lie",
      docx(["x"], [{ name: "word/a.bin", bytes: Buffer.alloc(220_000_000), claimedSize: 9 }]),
    ],
    [
      "says itself that it unpacks to too much",
      docx(["x"], [{ name: "word/a.bin", bytes: Buffer.alloc(9), claimedSize: 4_000_000_000 }]),
    ],
    ["has something behind its end", Buffer.concat([docx(["x"]), Buffer.from("<script>alert(1)</script>")])],
    ["holds macros", docx(["x"], [{ name: "word/vbaProject.bin", bytes: Buffer.from("x") }])],
    ["holds a part twice", docx(["x"], [{ name: "word/document.xml", bytes: Buffer.from("x") }])],
  ])("a DOCX is refused that %s", async (_what, bytes) => {
    const { status, body } = await upload(await guest(), "letter.docx", bytes);
    expect([status, body.code]).toEqual([422, "unprocessable"]);
  });
});

describe("a request that is no upload", () => {
  it("is told why it is refused, however much it still sends", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { status } = await sendChunked(anonymous(), 30 * 1_048_576);
      expect(status).toBe(401);
    }
  });

  it("needs an account", async () => {
    const { status } = await send(anonymous(), "x", { "x-file-name": "a.txt", authorization: "" });
    expect(status).toBe(401);
  });

  it("names what is missing", async () => {
    const someone = await guest();
    const unnamed = await send(someone, "hello", { "content-type": "text/plain" });
    expect([unnamed.status, unnamed.body.errors[0].path]).toEqual([400, "x-file-name"]);
    const noName = await send(someone, "hello", { "x-file-name": "/" });
    expect([noName.status, noName.body.errors[0].path]).toEqual([400, "file_name"]);
    const form = new FormData();
    form.set("conversation_id", "conv_1");
    const noFile = await send(someone, form);
    expect([noFile.status, noFile.body.errors[0].path]).toEqual([400, "file"]);
  });

  it("is refused with two files, with unknown fields, empty, or not well formed", async () => {
    const someone = await guest();
    const two = new FormData();
    two.append("file", new File(["a"], "a.txt"));
    two.append("file", new File(["b"], "b.txt"));
    expect((await send(someone, two)).body).toMatchObject({ code: "validation_failed", errors: [{ path: "file" }] });
    const unknown = await upload(someone, "a.txt", "a", { owner: "user_1" });
    expect([unknown.status, unknown.body.errors[0].path]).toEqual([400, "fields.owner"]);
    for (const answer of [await upload(someone, "a.txt", ""), await send(someone, "", { "x-file-name": "a.txt" })]) {
      expect([answer.status, answer.body.errors[0]]).toEqual([400, { path: "file", message: "is empty" }]);
    }
    const torn = await send(someone, "--x\r\nno end", { "content-type": "multipart/form-data; boundary=x" });
    expect([torn.status, torn.body.code]).toEqual([400, "validation_failed"]);
  });

  it("is refused as JSON", async () => {
    const { status, body } = await (await guest()).post("/v1/files", { file: "aGk=" });
    expect([status, body.code]).toEqual([415, "unsupported_media_type"]);
  });
});

/** Sends a body piece by piece, without saying how long it will be; gives up sending when the answer comes. */
async function sendChunked(client: Client, totalBytes: number): Promise<{ status: number; sentBytes: number }> {
  return new Promise((resolve, reject) => {
    let sentBytes = 0;
    const request = openRequest(`${client.baseUrl}/api/v1/files`, {
      method: "POST",
      headers: { authorization: `Bearer ${client.token}`, "x-file-name": "big.txt", "transfer-encoding": "chunked" },
    });
    let isOver = false;
    request.on("response", (response) => {
      isOver = true;
      response.resume();
      resolve({ status: response.statusCode ?? 0, sentBytes });
      request.destroy();
    });
    request.on("error", (error) => (isOver ? undefined : reject(error)));
    const piece = Buffer.alloc(1_048_576, "a");
    const next = () => {
      while (!isOver && sentBytes < totalBytes) {
        sentBytes += piece.length;
        if (!request.write(piece)) return void request.once("drain", next);
      }
      if (!isOver) request.end();
    };
    next();
  });
}

describe("a file that is too large", () => {
  const limit = 52_428_800;

  it("is refused when its length is announced", async () => {
    const { status, body } = await send(await guest(), Buffer.alloc(limit + 1, "a"), { "x-file-name": "big.txt" });
    expect([status, body.code]).toEqual([413, "payload_too_large"]);
    const inForm = await upload(await guest(), "big.txt", Buffer.alloc(limit + 1, "a"));
    expect([inForm.status, inForm.body.code]).toEqual([413, "payload_too_large"]);
  });

  it("is refused while it comes, when its length is not announced", async () => {
    const { status } = await sendChunked(await guest(), limit + 10_485_760);
    expect(status).toBe(413);
  });

  it("is taken at the limit exactly", async () => {
    const { status, body } = await send(await guest(), Buffer.alloc(limit, "line of text\n"), {
      "x-file-name": "b.txt",
    });
    expect([status, body.file_size]).toEqual([201, limit]);
  });
});

describe("the account's storage", () => {
  it("is a number of files", async () => {
    const someone = await guest();
    const answers: Answer[] = [];
    for (let start = 0; start < 200; start += 25) {
      const batch = Array.from({ length: 25 }, (_unused, index) => upload(someone, "n.txt", `number ${start + index}`));
      answers.push(...(await Promise.all(batch)));
    }
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    const over = await upload(someone, "n.txt", "one more");
    expect([over.status, over.body.code]).toEqual([422, "unprocessable"]);
    expect(over.body.detail).toMatch(/200 files.*201 files/);
    // The same bytes need no room, and room that is given back can be used.
    expect((await upload(someone, "n.txt", "number 7")).status).toBe(200);
    await someone.call("DELETE", `/v1/files/${answers[0]?.body.id}`);
    expect((await upload(someone, "n.txt", "one more")).status).toBe(201);
  });

  it("is a number of bytes, also for uploads at once", async () => {
    const someone = await guest();
    const sizes = [52_428_800, 52_428_800, 52_428_800, 50_000_000];
    for (const [index, size] of sizes.entries()) {
      const { status } = await send(someone, Buffer.alloc(size, `${index} text\n`), { "x-file-name": "a.txt" });
      expect(status).toBe(201);
    }
    const room = 209_715_200 - sizes.reduce((sum, size) => sum + size, 0);
    const size = Math.ceil(room / 2) + 1_000;
    const answers = await Promise.all(
      ["x", "y"].map((letter) => send(someone, Buffer.alloc(size, letter), { "x-file-name": "a.txt" })),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThan(2);
    const { body } = await someone.get("/v1/files?limit=100");
    const used = body.data.reduce((sum: number, file: { file_size: number }) => sum + file.file_size, 0);
    expect(used).toBeLessThanOrEqual(209_715_200);
  }, 90_000);
});

describe("downloading", () => {
  it("is always an attachment, with the true name beside one for old clients", async () => {
    const someone = await guest();
    const { body } = await upload(someone, 'ré"port (1) 日本.md', "# Hi");
    const response = await someone.raw("GET", `/v1/files/${body.id}/content`);
    expect(response.headers.get("content-disposition")).toBe(
      "attachment; filename=\"re_port (1) __.md\"; filename*=UTF-8''r%C3%A9%22port%20%281%29%20%E6%97%A5%E6%9C%AC.md",
    );
    expect(response.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
    const again = await someone.raw("GET", `/v1/files/${body.id}/content`, {
      headers: { "if-none-match": response.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
  });

  it("never gives markup a type that a browser runs", async () => {
    const someone = await guest();
    for (const [name, text] of [
      ["page.html", "<!doctype html><script>alert(1)</script>"],
      ["icon.svg", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
      ["page.xhtml", '<html xmlns="http://www.w3.org/1999/xhtml"/>'],
      ["script.js", "alert(1)"],
    ] as const) {
      const { body } = await upload(someone, name, text);
      const response = await someone.raw("GET", `/v1/files/${body.id}/content`);
      expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
      expect(response.headers.get("content-disposition")).toMatch(/^attachment;/);
      expect(await response.text()).toBe(text);
    }
  });
});

describe("who may", () => {
  it("only the owner", async () => {
    const { body } = await upload(await guest(), "secret.txt", "secret");
    const other = await guest();
    for (const [method, path] of [
      ["GET", `/v1/files/${body.id}`],
      ["GET", `/v1/files/${body.id}/content`],
      ["DELETE", `/v1/files/${body.id}`],
    ] as const) {
      const answer = await other.call(method, path);
      expect([answer.status, answer.body.code]).toEqual([403, "forbidden"]);
      expect(JSON.stringify(answer.body)).not.toContain("secret");
      expect((await other.call(method, path.replace(body.id, "file_none"))).status).toBe(404);
    }
    expect((await other.get("/v1/files")).body.data).toEqual([]);
  });
});

describe("the list", () => {
  it("is newest first, in stable pages", async () => {
    const someone = await guest();
    for (const name of ["a", "b", "c", "d", "e"]) await upload(someone, `${name}.txt`, name);
    const first = (await someone.get("/v1/files?limit=2")).body;
    await upload(someone, "f.txt", "f");
    const second = (await someone.get(`/v1/files?limit=2&cursor=${first.next_cursor}`)).body;
    const third = (await someone.get(`/v1/files?limit=2&cursor=${second.next_cursor}`)).body;
    const names = [first, second, third].flatMap(({ data }) =>
      data.map((file: { file_name: string }) => file.file_name),
    );
    expect(names).toEqual(["e.txt", "d.txt", "c.txt", "b.txt", "a.txt"]);
    expect(third.next_cursor).toBeNull();
  });
});

describe("deleting", () => {
  it("takes the file away for good, and lets the same bytes come again", async () => {
    const someone = await guest();
    const { body } = await upload(someone, "a.txt", "to be deleted");
    await analysed(someone, body.id);
    expect((await someone.call("DELETE", `/v1/files/${body.id}`)).status).toBe(204);
    for (const path of [`/v1/files/${body.id}`, `/v1/files/${body.id}/content`]) {
      expect((await someone.get(path)).status).toBe(404);
    }
    expect((await someone.call("DELETE", `/v1/files/${body.id}`)).status).toBe(404);
    const again = await upload(someone, "a.txt", "to be deleted");
    expect(again.status).toBe(201);
    expect(again.body.id).not.toBe(body.id);
    expect((await someone.raw("GET", `/v1/files/${again.body.id}/content`)).status).toBe(200);
  });
});

describe("the analysis", () => {
  it("reads text, its language and what it is about", async () => {
    const someone = await guest();
    const text = "# Garden\n\nThe garden is behind the house, and it is full of roses. They are watered by the rain.\n";
    const { body } = await upload(someone, "garden.md", text);
    expect(await analysed(someone, body.id)).toMatchObject({
      analysis_status: "done",
      analysis_error: null,
      analysis_result: {
        text_length: text.trim().length,
        truncated: false,
        language: "en",
        preview: text.trim(),
        summary: expect.stringContaining("full of roses"),
      },
    });
  });

  it("reads PDF and DOCX", async () => {
    const someone = await guest();
    const paper = await upload(someone, "paper.pdf", pdf(["The first page says hello.", "The second one ends it."]));
    const letter = await upload(someone, "letter.docx", docx(["Dear reader, this is a letter.", "Farewell."]));
    expect((await analysed(someone, paper.body.id)).analysis_result).toMatchObject({
      pages: 2,
      preview: "The first page says hello.\n\nThe second one ends it.",
    });
    expect((await analysed(someone, letter.body.id)).analysis_result).toMatchObject({
      preview: "Dear reader, this is a letter.\n\nFarewell.",
    });
  });

  it("tells the columns of a table, and the size of a picture", async () => {
    const someone = await guest();
    const table = await upload(someone, "t.csv", "name;age\nAda;36\nAlan;41\n");
    const picture = await upload(someone, "p.png", await png());
    expect((await analysed(someone, table.body.id)).analysis_result.summary).toBe(
      "A table of 2 columns and 2 rows: name, age.",
    );
    expect(await analysed(someone, picture.body.id)).toMatchObject({
      analysis_status: "done",
      analysis_result: { width: 40, height: 30, format: "png" },
    });
  });

  it("fails for a broken PDF, with a sentence, and keeps the file", async () => {
    const someone = await guest();
    const { body } = await upload(someone, "broken.pdf", pdf(["Hello"]).subarray(0, 150));
    const file = await analysed(someone, body.id);
    expect(file).toMatchObject({
      analysis_status: "failed",
      analysis_result: null,
      analysis_error: "The document is damaged and cannot be read.",
    });
    expect((await someone.raw("GET", `/v1/files/${body.id}/content`)).status).toBe(200);
  });

  it("is skipped where there is no text", async () => {
    const someone = await guest();
    const { body } = await upload(someone, "scan.pdf", pdf([""]));
    expect(await analysed(someone, body.id)).toMatchObject({
      analysis_status: "skipped",
      analysis_result: { text_length: 0, pages: 1 },
    });
  });

  it("shows only the beginning of a long text", async () => {
    const someone = await guest();
    const { body } = await upload(someone, "long.txt", "All work and no play. ".repeat(200_000));
    const { analysis_result: result } = await analysed(someone, body.id);
    expect(result.truncated).toBe(true);
    expect(result.text_length).toBe(2_000_000);
    expect(result.preview).toHaveLength(2_000);
  });
});

describe("the contract", () => {
  it("shows both forms of the upload", async () => {
    const { body } = await anonymous().get("/openapi.json");
    const { requestBody, parameters, responses } = body.paths["/v1/files"].post;
    expect(Object.keys(requestBody.content).sort()).toEqual(["application/octet-stream", "multipart/form-data"]);
    const schema = requestBody.content["multipart/form-data"].schema;
    expect(schema.required).toEqual(["file"]);
    expect(schema.properties.file).toMatchObject({ type: "string", format: "binary" });
    expect(parameters.map(({ name }: { name: string }) => name)).toContain("x-file-name");
    for (const status of ["201", "400", "401", "413", "415", "422", "429"]) expect(responses).toHaveProperty(status);
  });
});

import { createHash } from "node:crypto";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { createConversations } from "../../../src/database/conversations.ts";
import { createFiles } from "../../../src/database/files.ts";
import { createGallery } from "../../../src/database/gallery.ts";
import { newConversation } from "../../../src/domain/conversation.ts";
import { AppError } from "../../../src/domain/errors.ts";
import { textBlobName, type UploadedFile } from "../../../src/domain/file.ts";
import { analyzeFile, failPoisonedAnalysis, runFileAnalysis } from "../../../src/operations/files/analyze-file.ts";
import { deleteFile, deleteFilesOf } from "../../../src/operations/files/delete-files.ts";
import type { FileDependencies } from "../../../src/operations/files/file-dependencies.ts";
import { readTurnFiles } from "../../../src/operations/files/read-turn-files.ts";
import { requeueLostFiles } from "../../../src/operations/files/requeue-lost-files.ts";
import { uploadFile } from "../../../src/operations/files/upload-file.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { createIds } from "../../../src/platform/ids.ts";
import type { Clock } from "../../../src/ports/platform.ts";
import { createContentSniffer } from "../../../src/storage/content-sniffer.ts";
import { createImageProcessor } from "../../../src/storage/image-processor.ts";
import { createPicturePreparer } from "../../../src/storage/picture-preparer.ts";
import { createTextExtractor } from "../../../src/storage/text-extractor.ts";
import { docx, pdf } from "../../support/documents.ts";
import { memoryBlobs } from "../../support/memory-blobs.ts";
import { newId, rejection, silentLogger, useDatabase } from "../database/support.ts";

const context = useDatabase();

/** The real clock, put forward by hand. */
function shiftedClock() {
  const state = { shiftMs: 0 };
  const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + state.shiftMs) };
  return { clock, state };
}

let storage: ReturnType<typeof memoryBlobs>;
let time: ReturnType<typeof shiftedClock>;
let sent: string[];
let delays: (number | undefined)[];
let dependencies: FileDependencies;
let userId: string;

beforeEach(() => {
  storage = memoryBlobs();
  time = shiftedClock();
  sent = [];
  delays = [];
  userId = newId("user");
  dependencies = {
    files: createFiles(context().database),
    gallery: createGallery(context().database),
    conversations: createConversations(context().database),
    blobs: storage.blobs,
    contentSniffer: createContentSniffer(),
    imageProcessor: createImageProcessor(),
    textExtractor: createTextExtractor(),
    picturePreparer: createPicturePreparer(),
    fileAnalysisQueue: {
      send: async ({ fileId, delaySeconds }) => {
        sent.push(fileId);
        delays.push(delaySeconds);
      },
    },
    clock: time.clock,
    ids: createIds(),
    logger: silentLogger,
  };
});

async function upload(fileName: string, content: string | Uint8Array, more: { conversationId?: string } = {}) {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const upload = { fileName, mimeType: "application/octet-stream", bytes, fields: {} };
  return (await uploadFile(dependencies, { userId, tier: "free", upload, ...more })).file.id;
}

async function stored(fileId: string): Promise<UploadedFile> {
  const file = await dependencies.files.find({ userId, fileId });
  if (file === null) throw new Error("there is no such file");
  return file;
}

const read = (fileIds: readonly string[], question = "", maxCharacters = 20_000, earlierIds: readonly string[] = []) =>
  readTurnFiles(dependencies, { userId, fileIds, earlierIds, question, maxCharacters });

describe("an upload", () => {
  it("stores under the owner and the hash, and asks for the analysis", async () => {
    const fileId = await upload("a.txt", "hello");
    const sha256 = createHash("sha256").update("hello").digest("hex");
    const { file_path: path, enqueued_at: enqueuedAt } = await stored(fileId);
    expect(path.startsWith(`files/${userId}/${sha256}`)).toBe(true);
    expect(Buffer.from(storage.kept.get(path) ?? []).toString()).toBe("hello");
    expect(sent).toEqual([fileId]);
    expect(enqueuedAt).toBeInstanceOf(Date);
  });

  it("leaves no second blob when the same bytes come at once", async () => {
    const ids = await Promise.all(["a", "b", "c"].map((name) => upload(`${name}.txt`, "same")));
    expect(new Set(ids).size).toBe(1);
    expect(storage.kept.size).toBe(1);
  });

  it("is whole though the queue is away; the timer sends the message later, once", async () => {
    const { fileAnalysisQueue } = dependencies;
    const away = { send: () => Promise.reject(new AppError("unavailable")) };
    dependencies = { ...dependencies, fileAnalysisQueue: away };
    const fileId = await upload("a.txt", "hello");
    dependencies = { ...dependencies, fileAnalysisQueue };
    await requeueLostFiles(dependencies);
    expect(sent).not.toContain(fileId);
    time.state.shiftMs = 20_000;
    await requeueLostFiles(dependencies);
    await requeueLostFiles(dependencies);
    expect(sent.filter((id) => id === fileId)).toEqual([fileId]);
  });

  it("is nothing when the storage is away", async () => {
    storage.state.isAway = true;
    expect(await rejection(upload("a.txt", "hello"))).toMatchObject({ code: "unavailable" });
    expect((await dependencies.files.list({ userId, limit: 5 })).items).toEqual([]);
  });
});

describe("an analysis", () => {
  it("keeps the whole text beside the file", async () => {
    const fileId = await upload("a.docx", docx(["One.", "Two."]));
    await analyzeFile(dependencies, { fileId });
    const file = await stored(fileId);
    expect(file.analysis_status).toBe("done");
    expect(Buffer.from(storage.kept.get(textBlobName(file)) ?? []).toString()).toBe("One.\n\nTwo.");
  });

  it("happens once when its message comes twice or to two workers", async () => {
    const fileId = await upload("a.pdf", pdf(["Hello"]));
    const results = await Promise.all([1, 2, 3].map(() => analyzeFile(dependencies, { fileId })));
    expect(results.filter((result) => result !== null)).toHaveLength(1);
    expect(await analyzeFile(dependencies, { fileId })).toBeNull();
    expect((await stored(fileId)).attempts).toBe(1);
  });

  it("is begun again after its worker died", async () => {
    const fileId = await upload("a.txt", "hello");
    const died = await dependencies.files.claim({
      fileId,
      owner: "dead",
      now: time.clock.now(),
      leaseUntil: new Date(time.clock.now().getTime() + 120_000),
    });
    expect(died).not.toBeNull();
    expect(await analyzeFile(dependencies, { fileId })).toBeNull();
    sent.length = 0;
    time.state.shiftMs = 4 * 60_000;
    await requeueLostFiles(dependencies);
    expect(sent).not.toContain(fileId);
    time.state.shiftMs = 6 * 60_000;
    await requeueLostFiles(dependencies);
    expect(sent).toContain(fileId);
    expect(await analyzeFile(dependencies, { fileId })).toMatchObject({ analysis_status: "done", attempts: 2 });
  });

  it("is looked at again when the lease of the worker that has it is over", async () => {
    const fileId = await upload("a.txt", "hello");
    const now = time.clock.now();
    await dependencies.files.claim({ fileId, owner: "dead", now, leaseUntil: new Date(now.getTime() + 30_000) });
    await runFileAnalysis(dependencies, { fileId });
    expect(sent).toEqual([fileId, fileId]);
    expect(delays[1]).toBeGreaterThan(25);
    expect(delays[1]).toBeLessThan(32);
    time.state.shiftMs = 31_000;
    await runFileAnalysis(dependencies, { fileId });
    await runFileAnalysis(dependencies, { fileId });
    expect(sent).toHaveLength(2);
    expect((await stored(fileId)).analysis_status).toBe("done");
  });

  it("is left for another try when the storage is away, and nothing is lost", async () => {
    const fileId = await upload("a.txt", "hello");
    storage.state.isAway = true;
    expect(await rejection(analyzeFile(dependencies, { fileId }))).toMatchObject({ code: "unavailable" });
    storage.state.isAway = false;
    expect(await analyzeFile(dependencies, { fileId })).toMatchObject({ analysis_status: "done" });
  });

  it("ends as failed after the last try, and for a file that killed its workers", async () => {
    const poisoned = await upload("a.txt", "hello");
    await failPoisonedAnalysis(dependencies, { fileId: poisoned });
    await failPoisonedAnalysis(dependencies, { fileId: poisoned });
    await failPoisonedAnalysis(dependencies, { fileId: "file_none" });
    expect(await stored(poisoned)).toMatchObject({ analysis_status: "failed", analysis_error: expect.any(String) });

    const deadly = await upload("b.txt", "hello again");
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const now = time.clock.now();
      await dependencies.files.claim({ fileId: deadly, owner: "dead", now, leaseUntil: now });
    }
    time.state.shiftMs = 1_000;
    expect(await analyzeFile(dependencies, { fileId: deadly })).toMatchObject({ analysis_status: "failed" });
  });

  it("leaves no text behind when the file is deleted in its middle", async () => {
    const fileId = await upload("a.txt", "hello");
    const { extract } = dependencies.textExtractor;
    const deleting = {
      ...dependencies,
      textExtractor: {
        extract: async (input: Parameters<typeof extract>[0]) => {
          await deleteFile(dependencies, { userId, fileId });
          return extract(input);
        },
      },
    };
    expect(await analyzeFile(deleting, { fileId })).toBeNull();
    expect([...storage.kept.keys()]).toEqual([]);
  });

  it("describes a picture where a model can see, and is done where it fails", async () => {
    const picture = await sharp({ create: { width: 3_000, height: 20, channels: 4, background: "#ff000080" } })
      .png()
      .toBuffer();
    const fileId = await upload("a.png", picture);
    const seen: { mimeType: string; width: number | undefined }[] = [];
    const seeing: FileDependencies = {
      ...dependencies,
      describePicture: async ({ mimeType, base64 }) => {
        seen.push({ mimeType, width: (await sharp(Buffer.from(base64, "base64")).metadata()).width });
        return "A red line.";
      },
    };
    expect((await analyzeFile(seeing, { fileId }))?.analysis_result).toEqual({
      width: 3_000,
      height: 20,
      format: "png",
      description: "A red line.",
    });
    expect(seen).toEqual([{ mimeType: "image/jpeg", width: 1_568 }]);
    const other = await upload("b.png", await sharp(picture).negate().png().toBuffer());
    const blind: FileDependencies = { ...dependencies, describePicture: () => Promise.reject(new Error("no model")) };
    expect(await analyzeFile(blind, { fileId: other })).toMatchObject({
      analysis_status: "done",
      analysis_result: { width: 3_000, height: 20, format: "png" },
    });
  });
});

describe("a summary", () => {
  it("is the model's where one answers", async () => {
    const fileId = await upload("a.txt", `Begin. ${"Much. ".repeat(5_000)} The end.`);
    const asked: string[] = [];
    const summing: FileDependencies = {
      ...dependencies,
      summarizeText: async ({ name, text }) => {
        asked.push(name, text.slice(0, 6), text.slice(-8));
        return "Much is said.";
      },
    };
    expect((await analyzeFile(summing, { fileId }))?.analysis_result?.summary).toBe("Much is said.");
    expect(asked).toEqual(["a.txt", "Begin.", "The end."]);
  });

  it("is made of the text's own words where no model answers", async () => {
    const sentence = "The ferry to the island leaves at noon.";
    const failing: FileDependencies = { ...dependencies, summarizeText: () => Promise.reject(new Error("no model")) };
    const first = await upload("a.txt", sentence);
    expect((await analyzeFile(failing, { fileId: first }))?.analysis_result?.summary).toBe(sentence);
    const silent: FileDependencies = { ...dependencies, summarizeText: async () => null };
    const second = await upload("b.txt", `${sentence} `);
    expect((await analyzeFile(silent, { fileId: second }))?.analysis_result?.summary).toBe(sentence);
  });
});

describe("a deletion", () => {
  it("removes bytes, text and document", async () => {
    const fileId = await upload("a.txt", "hello");
    await analyzeFile(dependencies, { fileId });
    expect(storage.kept.size).toBe(2);
    await deleteFile(dependencies, { userId, fileId });
    expect(storage.kept.size).toBe(0);
    const left = await context()
      .database.collection("uploaded_files")
      .run((collection) => collection.countDocuments({ user_id: userId }));
    expect(left).toBe(0);
  });

  it("that was cut short is ended by the timer", async () => {
    const fileId = await upload("a.txt", "hello");
    storage.state.isAway = true;
    await deleteFile(dependencies, { userId, fileId });
    storage.state.isAway = false;
    expect(storage.kept.size).toBe(1);
    time.state.shiftMs = 120_000;
    await requeueLostFiles(dependencies);
    expect(storage.kept.size).toBe(0);
  });

  it("can take all files of a conversation, or of a user", async () => {
    const conversationId = newId("conv");
    await dependencies.conversations.insert(newConversation({ conversationId, userId, model: "m", now: new Date() }));
    await upload("a.txt", "a", { conversationId });
    await upload("b.txt", "b", { conversationId });
    await upload("c.txt", "c");
    expect(await deleteFilesOf(dependencies, { userId, conversationId })).toBe(2);
    expect(await deleteFilesOf(dependencies, { userId })).toBe(1);
    expect(storage.kept.size).toBe(0);
  });
});

describe("files of a turn", () => {
  it("that came with earlier messages follow, without those that are gone", async () => {
    const [earlier, gone, now] = [await upload("a.txt", "a"), await upload("b.txt", "b"), await upload("c.txt", "c")];
    await deleteFile(dependencies, { userId, fileId: gone });
    const { files } = await read([now], "", 20_000, [gone, earlier, now]);
    expect(files.map(({ file_id }) => file_id)).toEqual([now, earlier]);
  });

  it("are none without ids", async () => {
    expect(await read([])).toEqual({ files: [], context: "", images: [] });
  });

  it("come with their text, fenced, and what a message keeps of them", async () => {
    const fileId = await upload("recipe.md", "# Soup\n\nTake two carrots.");
    await analyzeFile(dependencies, { fileId });
    const { files, context: prompt, images } = await read([fileId]);
    expect(files).toEqual([
      {
        file_id: fileId,
        name: "recipe.md",
        path: expect.stringContaining(`files/${userId}/`),
        type: "markdown",
        size: 25,
        mime_type: "text/markdown",
        analysis_result: expect.objectContaining({ text_length: 25 }),
      },
    ]);
    expect(prompt).toMatch(
      /BEGIN FILE DATA \w+ "recipe\.md" \(markdown\)\n# Soup\n\nTake two carrots\.\nEND FILE DATA/,
    );
    expect(images).toEqual([]);
  });

  it("are read on the spot while their analysis is pending", async () => {
    const [paper, text] = [await upload("a.pdf", pdf(["Read me now."])), await upload("b.txt", "And me.")];
    const { context: prompt, files } = await read([paper, text, paper]);
    expect(prompt).toContain("Read me now.");
    expect(prompt).toContain("And me.");
    expect(files.map(({ file_id }) => file_id)).toEqual([paper, text]);
    expect((await stored(paper)).analysis_status).toBe("done");
  });

  it("are read as soon as their text is there, without the model's summary", async () => {
    const fileId = await upload("a.txt", "And me.");
    const thinking: FileDependencies = { ...dependencies, summarizeText: () => new Promise(() => undefined) };
    const turn = { userId, fileIds: [fileId], earlierIds: [], question: "", maxCharacters: 5_000 };
    expect((await readTurnFiles(thinking, turn)).context).toContain("And me.");
    expect((await stored(fileId)).analysis_status).toBe("pending");
    // Another turn, while the first one's analysis still waits for the model.
    expect((await readTurnFiles(thinking, turn)).context).toContain("And me.");
  });

  it("are reported as not ready when reading takes too long", async () => {
    const fileId = await upload("a.txt", "slow");
    const slow: FileDependencies = {
      ...dependencies,
      textExtractor: { extract: () => new Promise(() => undefined) },
      clock: {
        ...time.clock,
        sleep: async (ms) => {
          time.state.shiftMs += ms;
        },
      },
    };
    const { context: prompt, files } = await readTurnFiles(slow, {
      userId,
      fileIds: [fileId],
      earlierIds: [],
      question: "",
      maxCharacters: 5_000,
    });
    expect(time.state.shiftMs).toBeLessThan(6_000);
    expect(prompt).toContain("not ready yet");
    expect(files[0]?.analysis_result).toBeNull();
  });

  it("say what cannot be read", async () => {
    const broken = await upload("broken.pdf", pdf(["x"]).subarray(0, 120));
    const scan = await upload("scan.pdf", pdf([""]));
    const { context: prompt } = await read([broken, scan]);
    expect(prompt).toContain('FILE "broken.pdf" (pdf): it cannot be read. The document is damaged');
    expect(prompt).toContain('FILE "scan.pdf" (pdf): it holds no text');
  });

  it("give pictures as a model takes them, without metadata", async () => {
    const photo = await sharp({ create: { width: 200, height: 100, channels: 3, background: "#123456" } })
      .withExif({ IFD0: { Copyright: "somebody" } })
      .jpeg()
      .toBuffer();
    const fileId = await upload("photo.jpg", photo);
    const { images, context: prompt } = await read([fileId]);
    expect(images).toHaveLength(1);
    expect(images[0]?.mimeType).toBe("image/jpeg");
    const metadata = await sharp(Buffer.from(images[0]?.base64 ?? "", "base64")).metadata();
    expect([metadata.width, metadata.height, metadata.exif]).toEqual([200, 100, undefined]);
    expect(prompt).toContain("a picture of 200 × 100 pixels");
  });

  it("show the parts of a long text that the question is about", async () => {
    const text = `${"Nothing much. ".repeat(5_000)}\n\nThe password of the vault is in the drawer.\n\n${"Still nothing. ".repeat(5_000)}`;
    const fileId = await upload("long.txt", text);
    const { context: prompt } = await read([fileId], "Where is the vault's password?", 3_000);
    expect(prompt.length).toBeLessThanOrEqual(3_000);
    expect(prompt).toContain("in the drawer");
  });

  it("are one's own: others' and unknown ones are told apart and named", async () => {
    const mine = await upload("a.txt", "mine");
    const owner = userId;
    userId = newId("user");
    expect(await rejection(read([mine]))).toMatchObject({ code: "forbidden", errors: [{ path: "files.0" }] });
    userId = owner;
    expect(await rejection(read([mine, "file_none"]))).toMatchObject({
      code: "not_found",
      errors: [{ path: "files.1" }],
    });
  });
});

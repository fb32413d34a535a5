import { beforeEach, describe, expect, it } from "vitest";
import { createFiles } from "../../../src/database/files.ts";
import { createMessages } from "../../../src/database/messages.ts";
import { newUploadedFile, toMessageFile, type UploadedFile } from "../../../src/domain/file.ts";
import { newUserMessage } from "../../../src/domain/message.ts";
import { expectIndexed, explainQueries } from "./explained.ts";
import { at, newId, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const files = () => createFiles(context().database);

let userId: string;
beforeEach(() => {
  userId = newId("user");
});

function fileOf(changes: Partial<UploadedFile> & { hash?: string } = {}): UploadedFile {
  const { hash, ...fields } = changes;
  const file = newUploadedFile({
    fileId: newId("file"),
    userId,
    fileName: "a.txt",
    kind: "text",
    mimeType: "text/plain",
    size: 100,
    sha256: hash ?? newId("hash"),
    analysisResult: null,
    now: start,
  });
  return { ...file, ...fields };
}

async function insert(changes: Parameters<typeof fileOf>[0] = {}): Promise<UploadedFile> {
  const file = fileOf(changes);
  expect(await files().insert(file)).toBe(true);
  return file;
}

describe("files", () => {
  it("are found by their owner, and exist for all", async () => {
    const file = await insert();
    const fileId = file._id;
    expect(await files().find({ userId, fileId })).toEqual(file);
    expect(await files().findByContent({ userId, sha256: file.sha256 })).toEqual(file);
    expect(await files().findMany({ userId, fileIds: [fileId, "file_none"] })).toEqual([file]);
    expect(await files().find({ userId: "user_other", fileId })).toBeNull();
    expect(await files().findMany({ userId: "user_other", fileIds: [fileId] })).toEqual([]);
    expect(await files().findByContent({ userId: "user_other", sha256: file.sha256 })).toBeNull();
    expect([await files().exists(fileId), await files().exists("file_none")]).toEqual([true, false]);
  });

  it("with the same bytes are one of a user, also at once, and again after it was deleted", async () => {
    const results = await Promise.all(times(6, () => files().insert(fileOf({ hash: "same" }))));
    expect(results.filter(Boolean)).toHaveLength(1);
    const first = await files().findByContent({ userId, sha256: "same" });
    await files().markDeleted({ userId, fileId: first?._id ?? "", now: at(1) });
    expect(await files().findByContent({ userId, sha256: "same" })).toBeNull();
    await insert({ hash: "same" });
  });

  it("are listed newest first, of one conversation if asked, in stable pages", async () => {
    const made: UploadedFile[] = [];
    for (const index of [0, 1, 2, 3, 4]) {
      made.push(
        await insert({ created_at: at(Math.floor(index / 2)), ...(index % 2 ? { conversation_id: "conv_1" } : {}) }),
      );
    }
    const ids = made.map(({ _id }) => _id).reverse();
    const first = await files().list({ userId, limit: 2 });
    const last = first.items.at(-1);
    const rest = await files().list({
      userId,
      limit: 10,
      after: last === undefined ? undefined : { at: last.created_at, id: last._id },
    });
    expect([...first.items, ...rest.items].map(({ _id }) => _id)).toEqual(ids);
    expect([first.hasMore, rest.hasMore]).toEqual([true, false]);
    const ofConversation = await files().list({ userId, conversationId: "conv_1", limit: 10 });
    expect(ofConversation.items.map(({ _id }) => _id)).toEqual([made[3]?._id, made[1]?._id]);
  });

  it("are counted with what they take", async () => {
    expect(await files().usage(userId)).toEqual({ files: 0, bytes: 0 });
    const { _id: fileId } = await insert({ file_size: 2_500_000_000 });
    await insert({ file_size: 2_500_000_000 });
    expect(await files().usage(userId)).toEqual({ files: 2, bytes: 5_000_000_000 });
    await files().markDeleted({ userId, fileId, now: at(1) });
    expect(await files().usage(userId)).toEqual({ files: 1, bytes: 2_500_000_000 });
  });
});

describe("an analysis", () => {
  it("is claimed by one of many, and by another once the lease lapsed", async () => {
    const { _id: fileId } = await insert();
    const claims = await Promise.all(
      times(5, (index) => files().claim({ fileId, owner: `w${index}`, now: at(1), leaseUntil: at(60) })),
    );
    expect(claims.filter((claim) => claim !== null)).toMatchObject([{ attempts: 1 }]);
    expect(await files().claim({ fileId, owner: "late", now: at(59), leaseUntil: at(99) })).toBeNull();
    expect(await files().claim({ fileId, owner: "late", now: at(61), leaseUntil: at(99) })).toMatchObject({
      attempts: 2,
    });
  });

  it("ends once, for its owner only", async () => {
    const { _id: fileId } = await insert();
    await files().claim({ fileId, owner: "w", now: at(1), leaseUntil: at(60) });
    const end = (owner?: string) => files().finish({ fileId, owner, status: "done", result: { pages: 1 }, now: at(2) });
    expect(await end("other")).toBeNull();
    const ended = await end("w");
    expect(ended).toMatchObject({ analysis_status: "done", analysis_result: { pages: 1 }, updated_at: at(2) });
    expect(ended).not.toHaveProperty("lease");
    expect(ended).not.toHaveProperty("is_open");
    expect(await end("w")).toBeNull();
    expect(await end()).toBeNull();
    expect(await files().claim({ fileId, owner: "w", now: at(99), leaseUntil: at(199) })).toBeNull();
  });

  it("is free again after its worker gave it back", async () => {
    const { _id: fileId } = await insert();
    await files().claim({ fileId, owner: "w", now: at(1), leaseUntil: at(60) });
    await files().release({ fileId, owner: "other", now: at(2) });
    expect(await files().claim({ fileId, owner: "x", now: at(3), leaseUntil: at(60) })).toBeNull();
    await files().release({ fileId, owner: "w", now: at(2) });
    expect(await files().claim({ fileId, owner: "x", now: at(3), leaseUntil: at(60) })).not.toBeNull();
  });

  it("is lost when no message was sent, or nothing happened for long; not while somebody is at it", async () => {
    const now = at(1_000);
    const ids = async () => {
      const found = await files().findLost({ neverBefore: at(985), lastBefore: at(700), now, limit: 50 });
      return found.filter((file) => file.user_id === userId).map(({ _id }) => _id);
    };
    const unsent = await insert({ updated_at: at(900) });
    await insert({ updated_at: at(990) });
    const silent = await insert({ updated_at: at(600), enqueued_at: at(600) });
    await insert({ updated_at: at(900), enqueued_at: at(900) });
    await insert({ updated_at: at(500), enqueued_at: at(500), lease: { owner: "w", until: at(1_001) } });
    const abandoned = await insert({
      updated_at: at(500),
      enqueued_at: at(500),
      lease: { owner: "w", until: at(999) },
    });
    const done = await insert({ updated_at: at(1) });
    await files().finish({ fileId: done._id, status: "skipped", result: null, now: at(2) });
    expect(await ids()).toEqual([abandoned._id, silent._id, unsent._id]);
    await files().markEnqueued({ fileId: unsent._id, now });
    await files().markEnqueued({ fileId: silent._id, now });
    expect(await ids()).toEqual([abandoned._id]);
  });
});

describe("a deletion", () => {
  it("hides the file at once, once, and is remembered until it is whole", async () => {
    const { _id: fileId } = await insert();
    expect(await files().markDeleted({ userId: "user_other", fileId, now: at(5) })).toBeNull();
    expect(await files().markDeleted({ userId, fileId, now: at(5) })).toMatchObject({ deleted_at: at(5) });
    expect(await files().markDeleted({ userId, fileId, now: at(6) })).toBeNull();
    expect(await files().find({ userId, fileId })).toBeNull();
    expect(await files().findById(fileId)).toBeNull();
    expect(await files().exists(fileId)).toBe(false);
    expect((await files().list({ userId, limit: 5 })).items).toEqual([]);
    expect(await files().claim({ fileId, owner: "w", now: at(6), leaseUntil: at(60) })).toBeNull();
    const unremoved = async () =>
      (await files().findUnremoved({ before: at(10), limit: 50 })).filter((file) => file.user_id === userId);
    expect((await unremoved()).map(({ _id }) => _id)).toEqual([fileId]);
    await files().remove(fileId);
    expect(await unremoved()).toEqual([]);
  });

  it("removes no file that is not deleted", async () => {
    const { _id: fileId } = await insert();
    await files().remove(fileId);
    expect(await files().exists(fileId)).toBe(true);
  });

  it("takes the file out of its owner's messages and leaves the others", async () => {
    const [one, two] = [await insert(), await insert()];
    const messages = createMessages(context().database);
    const messageOf = (owner: string) => ({
      ...newUserMessage({
        messageId: newId("msg"),
        conversationId: newId("conv"),
        userId: owner,
        previousMessageId: null,
        content: "see the files",
        now: start,
      }),
      files: [toMessageFile(one), toMessageFile(two)],
    });
    const [mine, others] = [messageOf(userId), messageOf("user_other")];
    await messages.insertMany([mine, others]);
    await files().removeReferences({ userId, fileId: one._id, now: at(9) });
    expect(await messages.find({ userId, messageId: mine._id })).toMatchObject({
      files: [{ file_id: two._id }],
      updated_at: at(9),
    });
    expect((await messages.find({ userId: "user_other", messageId: others._id }))?.files).toHaveLength(2);
  });
});

describe("queries", () => {
  it("use an index, and look at no more documents than they give back", async () => {
    const conversationIds = times(10, () => newId("conv"));
    const made = times(200, (index) =>
      fileOf({
        user_id: index % 4 === 0 ? newId("user") : userId,
        conversation_id: conversationIds[index % 10] ?? "",
        created_at: at(index),
        updated_at: at(index),
      }),
    );
    // Most are done; a few are open.
    const documents = made.map(({ is_open: _open, ...file }, index) =>
      index % 20 === 0 ? { ...file, is_open: true } : { ...file, analysis_status: "done" },
    );
    await context()
      .database.collection<{ _id: string }>("uploaded_files")
      .run((collection) => collection.insertMany(documents));
    const one = made[1];
    if (one === undefined) throw new Error("there are files");
    const conversationId = one.conversation_id;
    const ofRequests = await explainQueries(context(), async () => {
      await files().list({ userId, limit: 10 });
      await files().list({ userId, after: { at: at(100), id: "file_x" }, limit: 10 });
      await files().list({ userId, conversationId, limit: 10 });
      await files().find({ userId, fileId: one._id });
      await files().findByContent({ userId, sha256: one.sha256 });
      await files().findMany({ userId, fileIds: made.slice(0, 5).map(({ _id }) => _id) });
    });
    expect(ofRequests).toHaveLength(6);
    for (const query of ofRequests) expectIndexed(query, 15);
    const ofTimers = await explainQueries(context(), async () => {
      await files().findUnremoved({ before: at(1_000), limit: 10 });
      await files().findLost({ neverBefore: at(1_000), lastBefore: at(1_000), now: at(1_000), limit: 10 });
    });
    expect(ofTimers).toHaveLength(2);
    // They look through all that is open: a few files at any time.
    for (const query of ofTimers) expectIndexed(query, 60);
  });
});

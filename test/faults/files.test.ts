import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client, eventually, guest } from "../support/client.ts";
import { docx } from "../support/documents.ts";
import { type RunningMuse, startMuse } from "../support/muse.ts";

let folder: string;
let muse: RunningMuse;

const start = async () => {
  muse = await startMuse({ dataFolder: folder, environment: { RATE_LIMIT_FACTOR: "1000", LOG_LEVEL: "warn" } });
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "muse-files-"));
  await start();
});

afterEach(async () => {
  await muse.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

describe("kill -9", () => {
  it("in the middle of analyses: every file that was accepted is there, and is analysed after the restart", async () => {
    const someone = await guest(muse.url);
    const documents = Array.from({ length: 6 }, (_unused, index) =>
      docx(Array.from({ length: 8_000 }, (_line, line) => `Document ${index}, paragraph ${line}. `.repeat(8))),
    );
    const uploads = await Promise.all(
      documents.map((bytes, index) =>
        fetch(`${muse.url}/api/v1/files`, {
          method: "POST",
          headers: { authorization: `Bearer ${someone.token}`, "x-file-name": `d${index}.docx` },
          body: Uint8Array.from(bytes),
        }),
      ),
    );
    const ids = await Promise.all(uploads.map(async (response) => ((await response.json()) as { id: string }).id));
    expect(uploads.map(({ status }) => status)).toEqual(ids.map(() => 201));
    await eventually(
      () => someone.get("/v1/files"),
      ({ body }) => body.data.some((file: { analysis_status: string }) => file.analysis_status === "done"),
    );
    await muse.kill();
    await start();
    const after = new Client(muse.url, someone.token);
    for (const [index, id] of ids.entries()) {
      const { body } = await eventually(
        () => after.get(`/v1/files/${id}`),
        (answer) => answer.body.analysis_status !== "pending",
        110_000,
      );
      expect(body).toMatchObject({ analysis_status: "done", file_size: documents[index]?.length });
      expect(body.analysis_result.preview).toContain(`Document ${index}, paragraph 0.`);
    }
  });
});

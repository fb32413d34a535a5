import { describe, expect, it } from "vitest";
import { readOutbox } from "../../../../src/operations/development/read-outbox.ts";

const background = { run: () => undefined, settled: async () => undefined };

describe("the outbox", () => {
  it("does not exist where mail is really sent", async () => {
    const reading = readOutbox({ outbox: async () => null, background }, {});
    await expect(reading).rejects.toMatchObject({ code: "not_found", detail: "There is nothing at this path." });
  });
});

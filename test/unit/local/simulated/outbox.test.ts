import { describe, expect, it } from "vitest";
import { linksIn } from "../../../../src/local/simulated/mail/outbox.ts";

describe("links of a mail", () => {
  it("are found in their order, without the sentence around them", () => {
    const text = "Open http://127.0.0.1:7071/#/verify-email?token=aB-_9 (or https://muse.example/help). Bye.";
    expect(linksIn(text)).toEqual(["http://127.0.0.1:7071/#/verify-email?token=aB-_9", "https://muse.example/help"]);
  });
});

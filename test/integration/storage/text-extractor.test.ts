import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import { createContentSniffer } from "../../../src/storage/content-sniffer.ts";
import { createTextExtractor } from "../../../src/storage/text-extractor.ts";
import { docx, pdf } from "../../support/documents.ts";
import { rejection } from "./support.ts";

const extractor = createTextExtractor();

describe("reading text", () => {
  it("takes UTF-8 with and without its mark, and UTF-16 with it", async () => {
    for (const bytes of [
      Buffer.from("Grüße €"),
      Buffer.from("\uFEFFGrüße €"),
      Buffer.from("\uFEFFGrüße €", "utf16le"),
      Buffer.from("\uFEFFGrüße €", "utf16le").swap16(),
    ]) {
      expect((await extractor.extract({ kind: "text", bytes })).text).toBe("Grüße €");
    }
  });

  it("makes lines alike and leaves out what is no text", async () => {
    const bytes = Buffer.from("a \r\nb\rc\n\n\n\n\nd\u0000\u001b[0m\n");
    expect((await extractor.extract({ kind: "source", bytes })).text).toBe("a\nb\nc\n\nd[0m");
  });

  it("keeps two million characters, and no half of one", async () => {
    const { text, isTruncated } = await extractor.extract({
      kind: "text",
      bytes: Buffer.from(`a${"😀".repeat(2_500_000)}`),
    });
    expect(isTruncated).toBe(true);
    expect(text.length).toBeLessThanOrEqual(2_000_000);
    expect(text.isWellFormed()).toBe(true);
  });
});

describe("reading documents", () => {
  it("gives a PDF's pages and a DOCX's paragraphs", async () => {
    expect(await extractor.extract({ kind: "pdf", bytes: pdf(["One (1)\nline", "Two"]) })).toEqual({
      text: "One (1)\nline\n\nTwo",
      pages: 2,
      isTruncated: false,
    });
    expect(await extractor.extract({ kind: "docx", bytes: docx(["One", "Two &amp; three"]) })).toEqual({
      text: "One\n\nTwo & three",
      isTruncated: false,
    });
  });

  it("reads no more pages than it may", async () => {
    const pages = Array.from({ length: 30 }, (_unused, index) => `page ${index}`);
    const result = await createTextExtractor({ maxPages: 10 }).extract({ kind: "pdf", bytes: pdf(pages) });
    expect([result.pages, result.isTruncated]).toEqual([30, true]);
    expect(result.text).toContain("page 9");
    expect(result.text).not.toContain("page 10");
  });

  it("tells a damaged document from one that is protected", async () => {
    const protectedPdf = Buffer.from(
      pdf(["secret"])
        .toString("latin1")
        .replace(
          "/Root 1 0 R",
          `/Root 1 0 R /ID [<${"00".repeat(16)}> <${"00".repeat(16)}>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${"11".repeat(32)}> /U <${"22".repeat(32)}> >>`,
        ),
      "latin1",
    );
    expect(await rejection(extractor.extract({ kind: "pdf", bytes: protectedPdf }))).toMatchObject({
      code: "unprocessable",
      detail: "The document is protected by a password.",
    });
    for (const input of [
      { kind: "pdf", bytes: Buffer.from("%PDF-1.7\nnothing of a PDF") },
      { kind: "docx", bytes: Buffer.from("PK\x03\x04 nothing of a zip") },
    ] as const) {
      expect(await rejection(extractor.extract(input))).toMatchObject({
        code: "unprocessable",
        detail: "The document is damaged and cannot be read.",
      });
    }
  });

  it("gives up after its time", async () => {
    const impatient = createTextExtractor({ timeoutMs: 20 });
    expect(await rejection(impatient.extract({ kind: "pdf", bytes: pdf(["Hello"]) }))).toMatchObject({
      code: "unprocessable",
      detail: "The document takes too long to read.",
    });
  });

  it("works on many at once and holds nobody up", async () => {
    const large = docx(Array.from({ length: 20_000 }, (_unused, index) => `Paragraph ${index}. `.repeat(10)));
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const texts = await Promise.all([1, 2, 3].map(() => extractor.extract({ kind: "docx", bytes: large })));
    delay.disable();
    expect(texts.every(({ text }) => text.length > 1_000_000)).toBe(true);
    // In nanoseconds. Parsing takes about a second each; only the clean-up of the text happens here.
    expect(delay.max / 1e6).toBeLessThan(600);
  });
});

describe("recognising content", () => {
  const { sniff } = createContentSniffer();

  it.each(["MZ begins this text", "ID3 tags", "BM stands for", "BZh", "{\\rtf1 text}", "%!PS-Adobe-3.0\n", "<svg/>"])(
    "takes %j for the text that it is",
    async (content) => {
      expect(await sniff(Buffer.from(content))).toMatchObject({ family: "text" });
    },
  );

  it.each([
    Buffer.from("a\u0000b"),
    Buffer.from("\u0001\u0002"),
    Buffer.from([0xe9, 0x74, 0xe9]),
    Buffer.from([0xff, 0xfe, 0x41]),
    Buffer.from([0xff, 0xfe, 0x00, 0x00, 0x41, 0x00]),
    Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00]),
    Buffer.from([0xfe, 0xff, 0xdc, 0x00, 0x00, 0x41]),
  ])("takes %j for nothing that it knows", async (content) => {
    expect(await sniff(content)).toMatchObject({ family: "other" });
  });
});

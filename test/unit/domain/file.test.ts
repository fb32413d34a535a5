import { describe, expect, it } from "vitest";
import { cleanFileName } from "../../../src/domain/file.ts";
import { classifyFile, extensionOf, type SniffedContent } from "../../../src/domain/file-kinds.ts";
import { attachmentDisposition } from "../../../src/http/attachment.ts";

describe("a file's name", () => {
  it.each([
    ["report.pdf", "report.pdf"],
    ["C:\\Users\\me\\report.pdf", "report.pdf"],
    ["../../etc/passwd", "passwd"],
    [" spaced name .txt ", "spaced name .txt"],
    ["e\u0301.txt", "é.txt"],
    ["a\r\nb\u0000.txt", "ab.txt"],
    ["gpj.\u202Eexe.txt", "gpj.exe.txt"],
    ["", ""],
    ["..", ""],
    ["folder/", ""],
  ])("%j is kept as %j", (name, kept) => {
    expect(cleanFileName(name)).toBe(kept);
  });

  it("is cut in the middle, so that its extension stays", () => {
    const kept = cleanFileName(`${"😀".repeat(300)}.docx`);
    expect(Array.from(kept)).toHaveLength(200);
    expect(kept.endsWith("😀.docx")).toBe(true);
  });

  it.each([
    ["a.TXT", "txt"],
    ["a.tar.gz", "gz"],
    [".gitignore", ""],
    ["none", ""],
    ["dot.", ""],
  ])("%j has the extension %j", (name, extension) => {
    expect(extensionOf(name)).toBe(extension);
  });
});

describe("a file's kind", () => {
  const picture: SniffedContent = { family: "image", mimeType: "image/png", description: "a PNG picture" };
  const text: SniffedContent = { family: "text", mimeType: "text/plain", description: "plain text" };

  it("follows the content where the name promises nothing", () => {
    expect(classifyFile(picture, "picture")).toEqual({ kind: "image", mimeType: "image/png" });
    expect(classifyFile(picture, "picture.of-me")).toEqual({ kind: "image", mimeType: "image/png" });
    expect(classifyFile(text, "what.ever")).toEqual({ kind: "text", mimeType: "text/plain" });
  });

  it.each(["a.jpg", "a.txt", "a.exe", "a.html"])("is refused as %s for a picture in PNG", (name) => {
    expect(() => classifyFile(picture, name)).toThrowError(/but the content is a PNG picture/);
  });

  it.each(["a.exe", "a.png", "a.pdf", "a.zip"])("is refused as %s for a text", (name) => {
    expect(() => classifyFile(text, name)).toThrowError(/but the content is plain text/);
  });
});

describe("the name of a download", () => {
  it("cannot break out of its header", () => {
    const header = attachmentDisposition('a"; filename="b\\%41.html');
    expect(header).toBe(
      "attachment; filename=\"a_; filename=_b__41.html\"; filename*=UTF-8''a%22%3B%20filename%3D%22b%5C%2541.html",
    );
  });
});

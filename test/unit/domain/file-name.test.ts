import { describe, expect, it } from "vitest";
import { attachmentNamed } from "../../../src/domain/file-name.ts";

describe("a file's name", () => {
  it.each([
    ["Trip to Oslo", "attachment; filename=\"trip-to-oslo.md\"; filename*=UTF-8''Trip%20to%20Oslo.md"],
    ["Größe & Café", "attachment; filename=\"gro-e-cafe.md\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%26%20Caf%C3%A9.md"],
    ["東京", "attachment; filename=\"chat.md\"; filename*=UTF-8''%E6%9D%B1%E4%BA%AC.md"],
    ["../etc/passwd", "attachment; filename=\"etc-passwd.md\"; filename*=UTF-8''etc%20passwd.md"],
    [
      'a"\r\nset-cookie: b=c',
      "attachment; filename=\"a-set-cookie-b-c.md\"; filename*=UTF-8''a%20set-cookie%20b%3Dc.md",
    ],
    ["\ud83e", "attachment; filename=\"chat.md\"; filename*=UTF-8''%EF%BF%BD.md"],
    ["   ", "attachment; filename=\"chat.md\"; filename*=UTF-8''chat.md"],
  ])("from %j", (title, expected) => {
    expect(attachmentNamed(title, "chat", "md")).toBe(expected);
  });

  it("has a bounded length", () => {
    expect(attachmentNamed("x".repeat(5_000), "chat", "md").length).toBeLessThan(250);
  });
});

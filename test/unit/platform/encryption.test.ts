import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createEncryption } from "../../../src/platform/encryption.ts";

const key = (id: string) => ({ id, bytes: new Uint8Array(randomBytes(32)) });
const context = { purpose: "platform_integrations.access_token", ownerId: "user_1" };

describe("encryption", () => {
  const old = key("k1");
  const newest = key("k2");
  const encryption = createEncryption([newest, old]);

  it.each(["", "a token", "schlüssel 🔑", "x".repeat(10_000)])("gives back what was put in (%#)", (text) => {
    const value = encryption.encrypt(text, context);
    expect(value).toMatch(/^v1\.k2\.[\w-]+$/);
    if (text !== "") expect(Buffer.from(value.split(".")[2] ?? "", "base64url").includes(text)).toBe(false);
    expect(encryption.decrypt(value, context)).toBe(text);
  });

  it("never gives the same value twice", () => {
    expect(encryption.encrypt("same", context)).not.toBe(encryption.encrypt("same", context));
  });

  it("reads with an older key, writes with the newest, and tells what is to be written anew", () => {
    const value = createEncryption([old]).encrypt("from before", context);
    expect(encryption.decrypt(value, context)).toBe("from before");
    expect(encryption.needsRotation(value)).toBe(true);
    const renewed = encryption.encrypt(encryption.decrypt(value, context), context);
    expect(encryption.needsRotation(renewed)).toBe(false);
    expect(createEncryption([newest]).decrypt(renewed, context)).toBe("from before");
  });

  it("refuses every changed byte", () => {
    const value = encryption.encrypt("a token", context);
    const [version, id, text = ""] = value.split(".");
    const sealed = Buffer.from(text, "base64url");
    for (const at of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const tampered = [version, id, changed.toString("base64url")].join(".");
      expect(() => encryption.decrypt(tampered, context), `byte ${at}`).toThrow();
    }
  });

  it.each([
    ["another owner", { ...context, ownerId: "user_2" }],
    ["another purpose", { ...context, purpose: "platform_integrations.refresh_token" }],
    ["parts that were moved", { purpose: `${context.purpose}\nuser_1`, ownerId: "" }],
  ])("does not open for %s", (_what, other) => {
    const value = encryption.encrypt("a token", context);
    expect(() => encryption.decrypt(value, other)).toThrow("A stored secret cannot be read.");
  });

  it("refuses a key that is gone, a key that only has the same name, and what is no value of its own", () => {
    const value = encryption.encrypt("a token", context);
    expect(() => createEncryption([old]).decrypt(value, context)).toThrow("cannot be read");
    expect(() => createEncryption([key("k2")]).decrypt(value, context)).toThrow("cannot be read");
    const renamed = value.replace(".k2.", ".k1.");
    expect(() => encryption.decrypt(renamed, context)).toThrow("cannot be read");
    for (const nonsense of ["", "plain", "v2.k2.AAAA", "v1.k2.AAAA", `${value}.more`]) {
      expect(() => encryption.decrypt(nonsense, context)).toThrow("cannot be read");
    }
  });

  it("without keys says so where it is needed", () => {
    expect(() => createEncryption([]).encrypt("a token", context)).toThrow("no key");
  });
});

import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createAccessTokens, createUrlSigner } from "../../../src/platform/security.ts";

const first = "the first secret of at least thirty-two characters";
const second = "the second secret of at least thirty-two characters";
const tokens = (...secrets: string[]) => createAccessTokens({ secrets, issuer: "muse", audience: "muse-api" });
const now = new Date("2026-11-21T12:00:00Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const identity = { userId: "user_1", tokenVersion: 3, sessionId: "sess_1", scopes: null };

const partOf = (token: string, index: number) =>
  JSON.parse(Buffer.from(token.split(".")[index] ?? "", "base64url").toString());

function forge(header: object, payload: object, secret: string): string {
  const head = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

describe("access tokens", () => {
  it("are told apart by the id of their key", async () => {
    const token = await tokens(first).sign(identity, now);
    expect(partOf(token, 0)).toMatchObject({
      alg: "HS256",
      typ: "at+jwt",
      kid: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
    expect(partOf(await tokens(second).sign(identity, now), 0).kid).not.toBe(partOf(token, 0).kid);
    expect(await tokens(first).verify(token, later(60))).toEqual(identity);
  });

  it("overlap while a secret is rotated: the new one signs, the one before still verifies, then it is gone", async () => {
    const before = await tokens(first).sign(identity, now);
    const during = tokens(second, first);
    expect(await during.verify(before, now)).toEqual(identity);
    const after = await during.sign(identity, now);
    expect(await tokens(second).verify(after, now)).toEqual(identity);
    await expect(tokens(second).verify(before, now)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("end after a quarter of an hour", async () => {
    const token = await tokens(first).sign(identity, now);
    expect(await tokens(first).verify(token, later(899))).toEqual(identity);
    await expect(tokens(first).verify(token, later(901))).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("are remembered once they were found genuine, but not beyond their end, and no other in their place", async () => {
    const known = tokens(first);
    const token = await known.sign(identity, now);
    expect(await known.verify(token, now)).toEqual(identity);
    expect(await known.verify(token, later(899))).toEqual(identity);
    for (const [presented, at] of [
      [token, later(900)],
      [`${token}A`, now],
      [token.slice(0, -1), now],
    ] as const) {
      await expect(known.verify(presented, at)).rejects.toMatchObject({ code: "unauthenticated" });
    }
    expect(await known.verify(token, later(1))).toEqual(identity);
  });

  it("are refused when issuer, audience, type, algorithm or key is another", async () => {
    const token = await tokens(first).sign(identity, now);
    const header = partOf(token, 0);
    const payload = partOf(token, 1);
    expect(await tokens(first).verify(forge(header, payload, first), now)).toEqual(identity);
    const unsigned = `${[{ ...header, alg: "none" }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;
    for (const forged of [
      forge(header, { ...payload, iss: "other" }, first),
      forge(header, { ...payload, aud: "other" }, first),
      forge({ ...header, typ: "JWT" }, payload, first),
      forge({ ...header, kid: "00000000" }, payload, first),
      forge({ alg: "HS256", typ: "at+jwt" }, payload, first),
      forge(header, payload, second),
      forge(header, { ...payload, exp: undefined }, first),
      forge(header, { ...payload, sub: { $ne: null } }, first),
      forge(header, { ...payload, sub: ["user_1"] }, first),
      unsigned,
    ]) {
      await expect(tokens(first).verify(forged, now)).rejects.toMatchObject({ code: "unauthenticated" });
    }
  });
});

describe("signed addresses", () => {
  const until = 1_800_000_000;

  it("overlap while a secret is rotated", () => {
    const before = createUrlSigner([first]).sign("img_1/original", until);
    const during = createUrlSigner([second, first]);
    expect(during.verify("img_1/original", until, before)).toBe(true);
    const after = during.sign("img_1/original", until);
    expect(after).not.toBe(before);
    expect(createUrlSigner([second]).verify("img_1/original", until, after)).toBe(true);
    expect(createUrlSigner([second]).verify("img_1/original", until, before)).toBe(false);
  });

  it("hold for their resource and their end alone", () => {
    const signer = createUrlSigner([first]);
    const signature = signer.sign("img_1/original", until);
    expect(signer.verify("img_2/original", until, signature)).toBe(false);
    expect(signer.verify("img_1/original", until + 1, signature)).toBe(false);
    expect(signer.verify("img_1/original", until, signature.slice(1))).toBe(false);
    expect(signer.verify("img_1/original", until, "")).toBe(false);
  });
});

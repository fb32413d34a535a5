import { describe, expect, it } from "vitest";
import { anonymised, exportable, pseudonymOf } from "../../../src/domain/user-data.ts";

const userId = "user_01jd3z0000000000000000000";
const names = { userId, pseudonym: pseudonymOf(userId) };

describe("a document that is kept without its owner", () => {
  it("names the pseudonym wherever the account stood, in ids, lists and field names too", () => {
    const document = {
      _id: `grant:${userId}:guest`,
      user_id: userId,
      details: { of: [userId, { [userId]: 1 }] },
      amount_credits: 20,
      created_at: new Date(0),
    };
    expect(anonymised(document, names)).toEqual({
      _id: `grant:${names.pseudonym}:guest`,
      user_id: names.pseudonym,
      details: { of: [names.pseudonym, { [names.pseudonym]: 1 }] },
      amount_credits: 20,
      created_at: new Date(0),
    });
  });

  it("keeps nothing that tells about a person", () => {
    const document = {
      ip_address: "203.0.113.7",
      user_agent: "x",
      details: { before: { email: "a@example.com" }, n: 1 },
    };
    expect(anonymised(document, names)).toEqual({ details: { before: {}, n: 1 } });
  });

  it("has a name that does not change and tells nothing", () => {
    expect(pseudonymOf(userId)).toBe(pseudonymOf(userId));
    expect(pseudonymOf(userId)).toMatch(/^erased_[0-9a-f]{32}$/);
    expect(pseudonymOf(`${userId}x`)).not.toBe(pseudonymOf(userId));
  });
});

describe("a document as its owner may have it", () => {
  it("has no secrets and nothing that opens something", () => {
    const document = {
      _id: "user_1",
      hashed_password: "$2b$",
      key_hash: "h",
      email: "a@example.com",
      share: { token: "t", created_at: new Date(0) },
      images: [{ image_id: "img_1", delete_url: "https://x" }],
      files: [{ name: "a.txt", path: "files/x" }],
      metadata: { token: "theirs" },
    };
    expect(exportable(document)).toEqual({
      id: "user_1",
      email: "a@example.com",
      share: { created_at: new Date(0) },
      images: [{ image_id: "img_1" }],
      files: [{ name: "a.txt" }],
      metadata: { token: "theirs" },
    });
  });
});

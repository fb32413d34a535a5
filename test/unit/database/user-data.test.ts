import { describe, expect, it } from "vitest";
import { collectionDeclarations } from "../../../src/database/collections.ts";
import { userDataCoverage, withoutUserData } from "../../../src/database/user-data.ts";

describe("the table of what becomes of an account's data", () => {
  const names = collectionDeclarations.map(({ name }) => name);

  it("says it of every collection, once", () => {
    const covered = [...Object.keys(userDataCoverage), ...withoutUserData];
    expect([...covered].sort()).toEqual([...names].sort());
  });

  it("finds an account's documents by an index", () => {
    for (const { name, indexes } of collectionDeclarations) {
      for (const field of userDataCoverage[name]?.by ?? []) {
        const isIndexed = field === "_id" || indexes.some(({ key }) => Object.keys(key)[0] === field);
        expect(isIndexed, `${name}.${field}`).toBe(true);
      }
    }
  });

  it("does not say that a collection with owners has none", () => {
    const withOwner = collectionDeclarations.filter(({ indexes }) =>
      indexes.some(({ key }) => Object.keys(key).some((field) => /^(user|owner|actor|target)_id$/.test(field))),
    );
    for (const { name } of withOwner) expect(withoutUserData).not.toContain(name);
  });
});

import { describe, expect, it } from "vitest";
import { type MessageNode, pathThrough } from "../../../src/domain/branches.ts";

const node = (
  id: string,
  previous: string | null,
  options: { group?: string; off?: boolean; activatedAt?: number } = {},
): MessageNode => ({
  _id: id,
  previous_message_id: previous,
  version_group: options.group ?? id,
  superseded: options.off ?? false,
  created_at: new Date(0),
  ...(options.activatedAt === undefined ? {} : { activated_at: new Date(options.activatedAt) }),
});

describe("pathThrough", () => {
  it("changes nothing for a message that is on the path", () => {
    const nodes = [node("1", null), node("2", "1"), node("3", "2")];
    expect(pathThrough(nodes, "2")).toEqual({ enter: [], leave: [] });
  });

  it("puts a new answer in the old one's place, and takes what followed the old one away", () => {
    const nodes = [node("1", null), node("2", "1"), node("3", "2"), node("4", "3"), node("5", "1", { group: "2" })];
    expect(pathThrough(nodes, "5")).toEqual({ enter: [], leave: ["2", "3", "4"] });
  });

  it("brings an older branch back with what followed it", () => {
    const nodes = [
      node("1", null),
      node("2", "1", { off: true }),
      node("3", "2", { off: true }),
      node("4", "3", { off: true }),
      node("5", "1", { group: "2" }),
    ];
    expect(pathThrough(nodes, "2")).toEqual({ enter: ["2", "3", "4"], leave: ["5"] });
  });

  it("brings the ancestors along when a message deep in an old branch is chosen", () => {
    const nodes = [
      node("1", null, { off: true }),
      node("2", "1", { off: true }),
      node("3", null, { group: "1" }),
      node("4", "3"),
    ];
    expect(pathThrough(nodes, "2")).toEqual({ enter: ["1", "2"], leave: ["3", "4"] });
  });

  it("goes on with the version that was active last", () => {
    const nodes = [
      node("1", null, { off: true }),
      node("2", "1", { off: true, activatedAt: 5 }),
      node("3", "1", { off: true, group: "2" }),
      node("4", null, { group: "1" }),
    ];
    expect(pathThrough(nodes, "1").enter).toEqual(["1", "2"]);
  });

  it("leaves messages that stand on their own where they are", () => {
    const nodes = [node("1", null), node("2", "1"), node("picture", null), node("3", null, { group: "1" })];
    expect(pathThrough(nodes, "3").leave).toEqual(["1", "2"]);
  });
});

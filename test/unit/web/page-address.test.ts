import { describe, expect, it } from "vitest";
import { readPageAddress } from "../../../src/web/pages/address.ts";

const isPage = (name: string) => name === "gallery";

describe("the address of a page", () => {
  it.each([
    ["#/gallery", { name: "gallery", rest: [], query: {} }],
    ["#/gallery/", { name: "gallery", rest: [], query: {} }],
    ["#/gallery/img_1?tag=a%20b", { name: "gallery", rest: ["img_1"], query: { tag: "a b" } }],
    ["#/gallery/a%2Fb/%E0%A4%A", { name: "gallery", rest: ["a/b", "%E0%A4%A"], query: {} }],
  ])("reads %s", (hash, address) => {
    expect(readPageAddress(hash, isPage)).toEqual(address);
  });

  it.each(["", "#/", "#/c/conv_1", "#/other", "#/constructor", "#gallery"])("is not %j", (hash) => {
    expect(readPageAddress(hash, isPage)).toBeNull();
  });
});

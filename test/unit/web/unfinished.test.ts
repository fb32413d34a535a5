import { describe, expect, it } from "vitest";
import { settled } from "../../../src/web/unfinished.ts";

describe("Markdown that was cut", () => {
  it.each([
    ["emphasis that has begun is closed", "A **bold wor", "A **bold wor**"],
    ["half of its mark is taken for the whole", "A **bold*", "A **bold**"],
    ["code that has begun is closed", "Call `read(", "Call `read(`"],
    ["a link that has begun waits", "See [the man", "See "],
    ["a link's address waits too", "See [it](https://exa", "See "],
    ["what is complete stays", "A **b** and `c` and [d](https://e.test)", "A **b** and `c` and [d](https://e.test)"],
    ["only the last paragraph is looked at", "An odd ** here\n\nand more", "An odd ** here\n\nand more"],
  ])("%s", (_name, text, expected) => {
    expect(settled(text)).toBe(expected);
  });

  it("is left alone inside of a block of code", () => {
    const text = "```js\nconst a = b ** 2 * `";
    expect(settled(text)).toBe(text);
  });
});

import { describe, expect, it } from "vitest";
import { createIds } from "../../../src/platform/ids.ts";

describe("ids", () => {
  // Thousands fit in one millisecond, in which they differ only by counting up.
  const ids = createIds();
  const drawn = Array.from({ length: 5_000 }, () => ids.next("msg"));

  it("are prefixed, in lower case, and sorted as they were made", () => {
    for (const id of drawn) expect(id).toMatch(/^msg_[0-9a-hjkmnp-tv-z]{26}$/u);
    expect(drawn).toEqual([...new Set(drawn)].sort());
  });

  it("that follow another one are nobody else's, and stand before the next", () => {
    const pairs = drawn.flatMap((id) => [id, ids.after(id)]);
    expect(pairs).toEqual([...new Set(pairs)].sort());
  });

  it("follow one that came without its prefix", () => {
    const bare = ids.bare();
    expect(ids.after(`msg_${bare}`)).toBe(`msg_${ids.after(bare)}`);
  });
});

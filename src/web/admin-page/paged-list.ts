import type { Page } from "../api-types.ts";
import { element } from "../dom.ts";
import { button, problemNotice } from "../notice.ts";
import { problemFrom } from "../problem.ts";

interface PagedList {
  readonly node: HTMLElement;
  /** Begins with the first page again. */
  readonly restart: () => Promise<void>;
}

/** A list that is read a page at a time. */
export function pagedList<Item>(
  read: (cursor: string | null) => Promise<Page<Item>>,
  row: (item: Item) => HTMLElement,
): PagedList {
  const list = element("ul", { class: "page-list" });
  const trouble = element("div", { role: "status" });
  const more = button("More", "small-button", () => void next());
  let cursor: string | null = null;
  /** A page that comes after a new beginning belongs to the old one. */
  let round = 0;

  const next = async (): Promise<void> => {
    const mine = round;
    more.disabled = true;
    try {
      const page = await read(cursor);
      if (mine !== round) return;
      cursor = page.next_cursor;
      list.append(...page.data.map((item) => element("li", {}, row(item))));
      trouble.replaceChildren(list.childElementCount === 0 ? "Nothing." : "");
    } catch (error) {
      if (mine === round) trouble.replaceChildren(problemNotice(problemFrom(error)));
    } finally {
      more.disabled = false;
      more.hidden = cursor === null;
    }
  };
  return {
    node: element("div", {}, list, trouble, more),
    restart: () => {
      round += 1;
      cursor = null;
      list.replaceChildren();
      return next();
    },
  };
}

import { element } from "../dom.ts";
import { icon } from "../icons.ts";
import { button, problemNotice } from "../notice.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { showToast } from "../toast.ts";

export interface LiveList {
  readonly node: HTMLElement;
  /** Reads and shows it again. */
  readonly reload: () => Promise<void>;
  /** Does something that changes the list, and shows it again; what goes wrong is said. */
  readonly change: (work: () => Promise<unknown>) => Promise<void>;
}

/** A list that the server has: loading, there, empty or not to be had. */
export function liveList<Item>(options: {
  readonly read: () => Promise<readonly Item[]>;
  readonly row: (item: Item) => Node;
  readonly empty: string;
}): LiveList {
  const node = element("ul", { class: "page-list", tabindex: -1 });
  const say = (...children: readonly (Node | string)[]) => node.replaceChildren(element("li", {}, ...children));

  let reading = 0;
  const reload = async (): Promise<void> => {
    reading += 1;
    const own = reading;
    try {
      const items = await options.read();
      // One that was asked for before a change may come after it.
      if (own !== reading) return;
      if (items.length === 0) say(options.empty);
      else node.replaceChildren(...items.map((item) => element("li", {}, options.row(item))));
    } catch (error) {
      if (own !== reading) return;
      say(
        problemNotice(
          problemFrom(error),
          button("Try again", "small-button", () => void reload(), icon("again")),
        ),
      );
    }
  };
  say("Loading…");
  void reload();
  return {
    node,
    reload,
    change: async (work) => {
      try {
        await work();
      } catch (error) {
        showToast({ text: wordsFor(problemFrom(error)) });
      }
      const hadFocus = node.contains(document.activeElement);
      await reload();
      if (hadFocus) node.focus();
    },
  };
}

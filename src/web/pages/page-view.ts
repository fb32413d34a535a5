import { byId, element } from "../dom.ts";
import { icon } from "../icons.ts";
import { button, problemNotice } from "../notice.ts";
import { problemFrom } from "../problem.ts";
import { store } from "../state.ts";
import type { PageAddress } from "./address.ts";
import { pages } from "./pages.ts";

/** Shows the page that the address names in the place of the conversation, and takes it away again. */
export function showPages(): void {
  const host = byId("page", HTMLElement);
  const main = byId("main", HTMLElement);
  let leaving = new AbortController();

  const open = async (address: PageAddress): Promise<void> => {
    leaving.abort();
    leaving = new AbortController();
    const { signal } = leaving;
    const entry = pages[address.name];
    if (entry === undefined) return;
    host.setAttribute("aria-label", entry.label);
    host.setAttribute("aria-busy", "true");
    try {
      const { page } = await entry.load();
      if (signal.aborted) return;
      const content = element("div", { class: `page-content page-${address.name}` });
      host.replaceChildren(content);
      host.scrollTop = 0;
      await page.show(content, address, signal);
    } catch (error) {
      if (signal.aborted) return;
      const again = button("Try again", "small-button", () => void open(address), icon("again"));
      host.replaceChildren(element("div", { class: "page-content" }, problemNotice(problemFrom(error), again)));
    } finally {
      if (!signal.aborted) host.removeAttribute("aria-busy");
    }
  };

  store.watch(
    (state) => (state.phase === "ready" ? state.page : null),
    (address) => {
      main.classList.toggle("is-page", address !== null);
      host.hidden = address === null;
      if (address !== null) void open(address);
      else {
        leaving.abort();
        host.replaceChildren();
      }
    },
  );
}

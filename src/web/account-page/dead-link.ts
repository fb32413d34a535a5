import { element } from "../dom.ts";
import { problemFrom } from "../problem.ts";

/** Whether the token of a mail's link is what the server refuses. */
export function isDeadLink(error: unknown): boolean {
  return problemFrom(error).errors.some(({ path }) => path === "token");
}

/** What is shown in the place of what the link would have led to. @param next where another mail can be asked for */
export function deadLink(next: string): HTMLElement {
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "This link does not work any more"),
    element("p", {}, `A link works once and for an hour, and a newer one takes its place. ${next}`),
    element("p", {}, element("a", { class: "small-button", href: "#/account" }, "Account")),
  );
}

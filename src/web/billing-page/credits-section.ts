import type { CreditsJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { creditsText, fullTime, shortTime } from "../format.ts";
import { button, problemNotice } from "../notice.ts";
import { problemFrom } from "../problem.ts";
import * as api from "./billing-api.ts";

type Entry = CreditsJson["ledger"][number];

function row(entry: Entry): HTMLElement {
  const sign = entry.amount > 0 ? "+" : "";
  return element(
    "tr",
    {},
    element("td", { title: fullTime(entry.created_at) }, shortTime(entry.created_at)),
    element("td", {}, entry.description),
    element("td", { class: "number" }, `${sign}${entry.amount.toLocaleString()}`),
  );
}

/** What is left, and where every credit came from and went. */
export function creditsSection(first: CreditsJson): HTMLElement {
  const body = element("tbody", {}, ...first.ledger.map(row));
  let cursor = first.next_cursor;
  const more = button("Earlier", "small-button", () => void readMore());
  const trouble = element("div", {});
  const readMore = async (): Promise<void> => {
    more.disabled = true;
    try {
      const next = await api.getCredits(cursor);
      cursor = next.next_cursor;
      body.append(...next.ledger.map(row));
      trouble.replaceChildren();
    } catch (error) {
      trouble.replaceChildren(problemNotice(problemFrom(error)));
    } finally {
      more.disabled = false;
      more.hidden = cursor === null;
    }
  };
  more.hidden = cursor === null;
  const held = first.held === 0 ? "" : `, ${creditsText(first.held)} set aside for work that runs`;
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "Credits"),
    element("p", { class: "credits-left" }, `${creditsText(first.balance)} left${held}`),
    element(
      "p",
      { class: "page-fact" },
      `${first.granted.toLocaleString()} granted, ${first.spent.toLocaleString()} spent`,
    ),
    element(
      "table",
      { class: "ledger" },
      element(
        "thead",
        { class: "visually-hidden" },
        element("tr", {}, element("th", {}, "When"), element("th", {}, "For"), element("th", {}, "Credits")),
      ),
      body,
    ),
    more,
    trouble,
  );
}

import type { UsageJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { creditsText } from "../format.ts";

const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/** Credits a day as bars; the numbers are in each bar's name, so nothing is told by height alone. */
export function usageChart({ data, totals }: UsageJson): HTMLElement {
  const most = Math.max(1, ...data.map(({ credits }) => credits));
  const bars = data.map((day) => {
    const words = `${dayFormat.format(new Date(day.date))}: ${creditsText(day.credits)}, ${day.chat_messages} answers, ${day.images} pictures`;
    const bar = element("li", { title: words }, element("span", { class: "visually-hidden" }, words));
    bar.style.setProperty("--share", String(day.credits / most));
    return bar;
  });
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "The last 30 days"),
    element("ol", { class: "usage-chart" }, ...bars),
    element(
      "p",
      { class: "page-fact" },
      `${creditsText(totals.credits)} for ${totals.chat_messages.toLocaleString()} answers and ${totals.images.toLocaleString()} pictures`,
    ),
  );
}

import type { AdminStorageJson, OverviewJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { bytesText, shortTime } from "../format.ts";
import { about, button } from "../notice.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { showToast } from "../toast.ts";
import * as api from "./admin-api.ts";

function figure(value: string, label: string): HTMLElement {
  return element("div", { class: "figure" }, element("strong", {}, value), element("span", {}, label));
}

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count.toLocaleString()} ${name}`)
    .join(", ");

/** The state of the whole in numbers. */
export function overviewSection(overview: OverviewJson, storage: AdminStorageJson): HTMLElement {
  const { users } = overview;
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "Overview"),
    element(
      "div",
      { class: "figures" },
      figure(users.active.toLocaleString(), `of ${users.total.toLocaleString()} accounts active`),
      figure(overview.low_credits.toLocaleString(), "low on credits"),
      figure(overview.expiring_in_7_days.toLocaleString(), "plans end within 7 days"),
      figure(storage.count.toLocaleString(), `pictures, ${bytesText(storage.stored_bytes)}`),
      figure(String(overview.queues.generations.approximate_messages ?? "?"), "jobs in the queue"),
    ),
    element("p", { class: "page-fact" }, `Accounts by tier: ${counted(users.by_tier)}`),
    element(
      "p",
      { class: "page-fact" },
      `Stored at: ${counted(Object.fromEntries(Object.entries(storage.services).map(([name, { count }]) => [name, count])))}; ${bytesText(storage.dedup_saved_bytes)} saved`,
    ),
  );
}

/** What the timers did last, and a way to run one now. */
export function jobsSection(overview: OverviewJson): HTMLElement {
  const row = (job: OverviewJson["jobs"][number]): HTMLElement => {
    const outcome = element("span", { class: "page-fact" });
    const tell = (summary: Readonly<Record<string, unknown>> | null, at: string) => {
      const words = Object.entries(summary ?? {}).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
      outcome.textContent = [shortTime(at), ...words].join(" · ");
    };
    tell(job.summary, job.last_started_at);
    const run = button("Run now", "small-button", () => {
      run.disabled = true;
      api
        .runJob(job.name)
        .then(
          ({ summary }) => tell(summary, new Date().toISOString()),
          (error: unknown) => showToast({ text: wordsFor(problemFrom(error)) }),
        )
        .finally(() => {
          run.disabled = false;
        });
    });
    return element(
      "li",
      {},
      element("div", { class: "page-line" }, element("span", {}, job.name), outcome, about(job.name, run)),
    );
  };
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "Timers"),
    element("ul", { class: "page-list" }, ...overview.jobs.map(row)),
  );
}

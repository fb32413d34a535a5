import { refreshCredits } from "../account.ts";
import { element } from "../dom.ts";
import type { PageModule } from "../pages/page.ts";
import { showToast } from "../toast.ts";
import { pause } from "../waiting.ts";
import * as api from "./billing-api.ts";
import { creditsSection } from "./credits-section.ts";
import { packSection, planSection } from "./plan-section.ts";
import { usageChart } from "./usage-chart.ts";

const daysShown = 30;

function firstDay(): string {
  return new Date(Date.now() - (daysShown - 1) * 86_400_000).toISOString().slice(0, 10);
}

async function read() {
  const [plans, subscription, credits, usage] = await Promise.all([
    api.listPlans(),
    api.getSubscription(),
    api.getCredits(null),
    // The chart is the one part that can be done without.
    api.getUsage(firstDay()).catch(() => null),
  ]);
  return { plans, subscription, credits, usage };
}

type Account = Awaited<ReturnType<typeof read>>;

function show(host: HTMLElement, { plans, subscription, credits, usage }: Account): void {
  const packs = packSection(plans);
  host.replaceChildren(
    planSection(plans, subscription),
    ...(packs === null ? [] : [packs]),
    creditsSection(credits),
    ...(usage === null ? [] : [usageChart(usage)]),
  );
}

const askEveryMs = 2_000;
const mostQuestions = 15;

/** Waits for what was bought: Stripe tells the server of it in its own time, often after the browser is back. */
async function hasArrived(granted: number, left: AbortSignal): Promise<boolean> {
  for (let asked = 0; asked < mostQuestions && !left.aborted; asked += 1) {
    await pause(askEveryMs);
    const now = await api.getCredits(null).catch(() => null);
    if (now !== null && now.granted !== granted) return true;
  }
  return false;
}

async function followPurchase(host: HTMLElement, granted: number, left: AbortSignal): Promise<void> {
  if (!(await hasArrived(granted, left))) return;
  void refreshCredits();
  const account = await read();
  if (!left.aborted) show(host, account);
}

export const page: PageModule = {
  show: async (host, { query }, left) => {
    host.append(element("p", {}, "Loading…"));
    const account = await read();
    if (left.aborted) return;
    show(host, account);
    if (query.bought !== undefined) {
      // Said once: the address goes back to the page's own.
      window.history.replaceState(null, "", "#/billing");
      showToast({ text: "Thank you. What you bought is here as soon as the payment is confirmed." });
      void refreshCredits();
      void followPurchase(host, account.credits.granted, left).catch(() => undefined);
    }
  },
};

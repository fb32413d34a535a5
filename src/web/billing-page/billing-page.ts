import { refreshCredits } from "../account.ts";
import { element } from "../dom.ts";
import type { PageModule } from "../pages/page.ts";
import { showToast } from "../toast.ts";
import * as api from "./billing-api.ts";
import { creditsSection } from "./credits-section.ts";
import { packSection, planSection } from "./plan-section.ts";
import { usageChart } from "./usage-chart.ts";

const daysShown = 30;

function firstDay(): string {
  return new Date(Date.now() - (daysShown - 1) * 86_400_000).toISOString().slice(0, 10);
}

export const page: PageModule = {
  show: async (host, { query }, left) => {
    host.append(element("p", {}, "Loading…"));
    const [plans, subscription, credits, usage] = await Promise.all([
      api.listPlans(),
      api.getSubscription(),
      api.getCredits(null),
      // The chart is the one part that can be done without.
      api.getUsage(firstDay()).catch(() => null),
    ]);
    if (left.aborted) return;
    const packs = packSection(plans);
    host.replaceChildren(
      planSection(plans, subscription),
      ...(packs === null ? [] : [packs]),
      creditsSection(credits),
      ...(usage === null ? [] : [usageChart(usage)]),
    );
    if (query.bought !== undefined) {
      // Said once: the address goes back to the page's own.
      window.history.replaceState(null, "", "#/billing");
      showToast({ text: "Thank you. What you bought is here as soon as the payment is confirmed." });
      void refreshCredits();
    }
  },
};

import type { PlansJson, SubscriptionJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { bytesText, fullTime } from "../format.ts";
import { button } from "../notice.ts";
import { store } from "../state.ts";
import { moneyText } from "./money.ts";
import { buy, manage } from "./purchase.ts";

type Plan = PlansJson["data"][number];
type Interval = "monthly" | "yearly";

function statusWords(subscription: SubscriptionJson, title: string | undefined): string | null {
  if (subscription.status === "cancelled" || subscription.status === "expired") {
    return `${title ?? "The plan"} has ended.`;
  }
  const end = subscription.current_period_end === null ? null : fullTime(subscription.current_period_end);
  if (subscription.status === "past_due") {
    const grace =
      subscription.grace_ends_at === null ? "" : ` It ends ${fullTime(subscription.grace_ends_at)} without it.`;
    return `The last payment did not go through.${grace}`;
  }
  if (end === null) return null;
  if (subscription.cancel_at_period_end) return `Ends ${end}.`;
  if (subscription.status === "trialing") return `On trial until ${end}.`;
  return subscription.stripe_subscription_id === null ? `The next month begins ${end}.` : `Renews ${end}.`;
}

function facts(plan: Plan): HTMLElement {
  const lines = [
    `${plan.credits_per_month.toLocaleString()} credits a month`,
    `${bytesText(plan.storage.bytes)} for files`,
    plan.concurrency.generations === 1
      ? "1 picture job at a time"
      : `${plan.concurrency.generations} picture jobs at a time`,
    ...(plan.trial_days > 0 ? [`${plan.trial_days} days to try`] : []),
  ];
  return element("ul", { class: "plan-facts" }, ...lines.map((line) => element("li", {}, line)));
}

function planCard(plan: Plan, current: SubscriptionJson, interval: Interval): HTMLElement {
  const price = plan.prices?.[interval] ?? null;
  const isCurrent = current.tier === plan.id;
  const isForSale = price?.price_id !== null && price !== null;
  const choose = () => void buy({ plan: plan.id, billing_interval: interval });
  return element(
    "article",
    { class: "plan-card", "aria-current": isCurrent ? "true" : null },
    element("h3", {}, plan.title),
    element(
      "p",
      { class: "plan-price" },
      price === null
        ? "No charge"
        : `${moneyText(price.amount_minor, price.currency)} ${interval === "monthly" ? "a month" : "a year"}`,
    ),
    facts(plan),
    isCurrent
      ? element("span", { class: "badge" }, "Your plan")
      : isForSale && button(`Choose ${plan.title}`, "small-button", choose),
  );
}

/** The plans, the one that is one's own, and the way to pay. */
export function planSection(plans: PlansJson, current: SubscriptionJson): HTMLElement {
  const isGuest = store.get().user?.is_guest === true;
  const cards = element("div", { class: "plan-cards" });
  const show = (interval: Interval) =>
    cards.replaceChildren(...plans.data.map((plan) => planCard(plan, current, interval)));
  const intervals = (["monthly", "yearly"] as const).map((interval) =>
    element(
      "label",
      {},
      element("input", {
        type: "radio",
        name: "billing-interval",
        checked: interval === (current.billing_interval ?? "monthly"),
        onchange: () => show(interval),
      }),
      element("span", {}, interval === "monthly" ? "Monthly" : "Yearly"),
    ),
  );
  show(current.billing_interval ?? "monthly");
  const status = statusWords(current, plans.data.find(({ id }) => id === current.plan)?.title);
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "Plan"),
    status !== null && element("p", { class: "page-fact" }, status),
    isGuest &&
      element(
        "p",
        { class: "field-hint" },
        "To buy something, ",
        element("a", { href: "#/account" }, "create an account"),
        " first.",
      ),
    plans.is_for_sale &&
      element("fieldset", { class: "choice" }, element("legend", { class: "visually-hidden" }, "Paid"), ...intervals),
    cards,
    current.stripe_subscription_id !== null && button("Manage payment", "small-button", () => void manage()),
  );
}

/** Credits to buy once. */
export function packSection(plans: PlansJson): HTMLElement | null {
  const packs = plans.packs.filter(({ price }) => price.price_id !== null);
  if (!plans.is_for_sale || packs.length === 0) return null;
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "More credits"),
    element(
      "div",
      { class: "page-actions" },
      ...packs.map(({ id, credits, price }) =>
        button(
          `${credits.toLocaleString()} for ${moneyText(price.amount_minor, price.currency)}`,
          "small-button",
          () => void buy({ pack: id }),
        ),
      ),
    ),
  );
}

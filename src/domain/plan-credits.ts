import type { InvoiceFacts, InvoiceLine } from "./payment.ts";
import { type BillingInterval, creditsPerPeriod, type PaidPlan, plans } from "./plans.ts";
import type { SubscriptionFacts } from "./subscription.ts";

/** What one paid invoice gives. */
export interface PlanCredits {
  /** Each is given once: a period by its beginning, a change of plan by its invoice. */
  readonly resourceId: string;
  /** Negative after a change to a cheaper plan, for which Stripe gave money back. */
  readonly credits: number;
  readonly description: string;
}

type Subscribed = Pick<
  SubscriptionFacts,
  "id" | "plan" | "interval" | "periodStart" | "periodEnd" | "trialStart" | "trialEnd"
>;

/**
 * The credits of a paid invoice, changes of plan first: what they take is then made up by what follows.
 *
 * A period gives its plan's credits, whatever was paid for it (there may be a discount). A trial gives its own, fewer.
 * A change in the middle of a period gives the difference between both plans for the days that are left, as Stripe
 * charges it: lines marked as proration, one negative for the plan that was left and one for the new one.
 */
export function planCreditsOf(invoice: InvoiceFacts, subscription: Subscribed): readonly PlanCredits[] {
  const lines = invoice.lines.filter((line) => line.plan !== null || !invoice.lines.some(({ plan }) => plan !== null));
  const prorations = lines.filter(({ isProration }) => isProration);
  const periods = lines.filter(({ isProration }) => !isProration);
  const changed = Math.round(prorations.reduce((sum, line) => sum + proratedCredits(line, subscription), 0));
  return [
    ...(changed === 0
      ? []
      : [{ resourceId: invoice.id, credits: changed, description: `Change to ${plans[subscription.plan].title}` }]),
    // An invoice without lines is about the period that runs.
    ...(lines.length === 0 ? [creditsOfPeriod(subscription, subscription)] : distinctPeriods(periods, subscription)),
  ];
}

interface Period {
  readonly plan: PaidPlan | null;
  readonly interval: BillingInterval | null;
  readonly periodStart: Date;
  readonly periodEnd: Date;
}

function distinctPeriods(lines: readonly Period[], subscription: Subscribed): PlanCredits[] {
  const all = new Map(lines.map((line) => creditsOfPeriod(line, subscription)).map((each) => [each.resourceId, each]));
  return [...all.values()];
}

function creditsOfPeriod(period: Period, subscription: Subscribed): PlanCredits {
  const plan = period.plan ?? subscription.plan;
  const { trialEnd } = subscription;
  const { title, trial_credits } = plans[plan];
  if (trialEnd !== null && period.periodEnd <= trialEnd) {
    return { resourceId: `${subscription.id}:trial`, credits: trial_credits, description: `Trial of ${title}` };
  }
  const interval = period.interval ?? subscription.interval;
  return {
    resourceId: `${subscription.id}:${Math.floor(beginningOf(period, interval, subscription).getTime() / 1_000)}`,
    credits: creditsPerPeriod(plan, interval),
    description: `${title}, ${interval}, from ${period.periodStart.toISOString().slice(0, 10)}`,
  };
}

const hourMs = 3_600_000;

/** Lines of one period may differ by moments in when it began; the subscription says when. */
function beginningOf({ periodStart }: Period, interval: BillingInterval, subscription: Subscribed): Date {
  const apartMs = Math.abs(periodStart.getTime() - subscription.periodStart.getTime());
  return interval === subscription.interval && apartMs < hourMs ? subscription.periodStart : periodStart;
}

const dayMs = 86_400_000;
/** Of a subscription whose own period is not at hand. */
export const usualPeriodMs: Readonly<Record<BillingInterval, number>> = { monthly: 30 * dayMs, yearly: 365 * dayMs };

function proratedCredits(line: InvoiceLine, subscription: Subscribed): number {
  const plan = line.plan ?? subscription.plan;
  const interval = line.interval ?? subscription.interval;
  const wholeMs =
    interval === subscription.interval
      ? subscription.periodEnd.getTime() - subscription.periodStart.getTime()
      : usualPeriodMs[interval];
  const partMs = line.periodEnd.getTime() - line.periodStart.getTime();
  const share = wholeMs <= 0 ? 1 : Math.min(1, Math.max(0, partMs / wholeMs));
  return Math.sign(line.amountMinor) * creditsPerPeriod(plan, interval) * share;
}

import { lowBalanceCredits } from "../../domain/plans.ts";
import type { AdminAccounts } from "../../ports/admin.ts";
import type { Clock } from "../../ports/platform.ts";
import type { GenerationQueue } from "../../ports/storage.ts";
import type { OverviewJson } from "../../schemas/admin.ts";
import { activeByPlan } from "./read-subscriptions.ts";

const weekMs = 7 * 86_400_000;

/** How the whole is doing: accounts, plans, timer jobs and queues. A queue that does not answer is said to be down. */
export async function getOverview({
  adminAccounts,
  generationQueue,
  clock,
}: {
  adminAccounts: AdminAccounts;
  generationQueue: GenerationQueue;
  clock: Clock;
}): Promise<OverviewJson> {
  const now = clock.now();
  const [tiers, lowCredits, expiring, plans, jobs, queue] = await Promise.all([
    adminAccounts.countByTier(),
    adminAccounts.countLowCredits(lowBalanceCredits),
    adminAccounts.countExpiring({ from: now, to: new Date(now.getTime() + weekMs) }),
    adminAccounts.countPlans(),
    adminAccounts.jobs(now),
    generationQueue.state().catch(() => null),
  ]);
  const active = tiers.filter(({ isActive }) => isActive);
  const sum = (groups: typeof tiers) => groups.reduce((total, { count }) => total + count, 0);
  return {
    users: {
      total: sum(tiers),
      active: sum(active),
      by_tier: Object.fromEntries(active.map(({ tier, count }) => [tier, count])),
    },
    low_credits: lowCredits,
    expiring_in_7_days: expiring,
    active_by_plan: activeByPlan(plans.map((group) => ({ ...group }))),
    jobs: jobs.map((job) => ({
      name: job.name,
      is_running: job.isRunning,
      last_started_at: job.lastStartedAt.toISOString(),
      last_ended_at: job.lastEndedAt?.toISOString() ?? null,
      summary: job.summary === null ? null : { ...job.summary },
    })),
    queues: {
      generations: {
        status: queue === null ? "down" : "up",
        approximate_messages: queue?.approximateMessages ?? null,
      },
    },
  };
}

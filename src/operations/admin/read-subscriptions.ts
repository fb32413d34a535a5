import { decodeCursor, encodeCursor, nextCursor } from "../../domain/cursor.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { AdminAccounts } from "../../ports/admin.ts";
import type { AdminSubscriptionJson, PlanCountsJson } from "../../schemas/admin.ts";
import { type AdminActor, recordAction } from "./record-action.ts";

type Dependencies = Parameters<typeof recordAction>[0] & { readonly adminAccounts: AdminAccounts };

const dayMs = 86_400_000;
/** Statuses of subscriptions that somebody pays for, or tries out. */
const activeStatuses: readonly string[] = ["active", "trialing"];

/** Those whose period ends within `days`, the earliest first; each says whether it goes on then. */
export async function listExpiring(
  dependencies: Dependencies,
  input: { actor: AdminActor; days: number; limit: number; cursor?: string | undefined },
): Promise<{ data: AdminSubscriptionJson[]; next_cursor: string | null }> {
  const now = dependencies.clock.now();
  const after = decodeCursor(input.cursor);
  const to = new Date(now.getTime() + input.days * dayMs);
  const [page] = await Promise.all([
    dependencies.adminAccounts.listExpiring({ from: now, to, after, limit: input.limit }),
    recordAction(dependencies, { actor: input.actor, action: "admin.subscriptions.list", targetId: null }),
  ]);
  return {
    data: page.items.map(toJson),
    next_cursor: nextCursor(page, (last) => encodeCursor({ at: last.current_period_end, id: last._id })),
  };
}

/** How many subscriptions there are, by plan and status. */
export async function countPlans({ adminAccounts }: Pick<Dependencies, "adminAccounts">): Promise<PlanCountsJson> {
  const data = (await adminAccounts.countPlans()).map((group) => ({ ...group }));
  return { active_by_plan: activeByPlan(data), data };
}

export function activeByPlan(groups: PlanCountsJson["data"]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { plan, status, count } of groups) {
    if (activeStatuses.includes(status)) counts[plan] = (counts[plan] ?? 0) + count;
  }
  return counts;
}

function toJson(subscription: Subscription): AdminSubscriptionJson {
  return {
    user_id: subscription.user_id,
    plan: subscription.plan,
    status: subscription.status,
    billing_interval: subscription.billing_interval,
    current_period_end: subscription.current_period_end.toISOString(),
    cancel_at_period_end: subscription.cancel_at_period_end,
  };
}

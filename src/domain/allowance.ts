import type { User } from "./user.ts";

/** The same day and time a month later; the month's last day where there is no such day. UTC. */
export function nextMonth(from: Date): Date {
  const next = new Date(from);
  next.setUTCMonth(next.getUTCMonth() + 1);
  // The 31st of a short month runs over into the one after.
  if (next.getUTCDate() !== from.getUTCDate()) next.setUTCDate(0);
  return next;
}

/** The first monthly date after `now` in the row that `dueAt` is in: months that nobody asked for are not made up. */
export function nextRenewal(dueAt: Date, now: Date): Date {
  let next = nextMonth(dueAt);
  while (next <= now) next = nextMonth(next);
  return next;
}

/** Credits that an account can use or has set aside. */
export function usableCredits(user: Pick<User, "credits_remaining" | "credit_holds">): number {
  return Object.values(user.credit_holds).reduce((sum, credits) => sum + credits, user.credits_remaining);
}

/** What tops an account up to its monthly credits: what is left over counts, so unused credits do not pile up. */
export function topUpCredits(user: Pick<User, "credits_remaining" | "credit_holds">, allowanceCredits: number): number {
  return Math.max(0, allowanceCredits - usableCredits(user));
}

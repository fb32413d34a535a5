import type { LedgerEntry, LedgerReason } from "../../domain/ledger.ts";
import { isChange } from "../../domain/subscription.ts";
import type { UsageAction } from "../../domain/usage.ts";
import type { Subscriptions } from "../../ports/billing.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { Sessions } from "../../ports/sessions.ts";
import type { UsageRecorder } from "../../ports/usage.ts";

/** What the spending of credits is in the usage log; grants and corrections are no use. */
const spendingActions: Partial<Record<LedgerReason, UsageAction>> = {
  chat: "chat_message",
  generation: "image_generation",
};

/**
 * A ledger whose spendings are noted as use. Everything that is spent goes through it, so nothing can be forgotten; an
 * entry that is written again is noted again, and exists once because its id follows from the entry's.
 */
export function noticeSpending<L extends Ledger>(ledger: L, usage: Pick<UsageRecorder, "record">): L {
  const note = (entry: LedgerEntry) => {
    const action = spendingActions[entry.reason];
    if (action === undefined) return;
    usage.record({
      id: `use:${entry._id}`,
      userId: entry.user_id,
      action,
      resourceId: entry.resource_id,
      creditsUsed: -entry.amount_credits,
      metadata: entry.details ?? {},
    });
  };
  return {
    ...ledger,
    record: async (entry) => {
      await ledger.record(entry);
      note(entry);
    },
  };
}

/** Sessions whose beginnings are noted: every way to sign in opens a session, and a renewed one belongs to its family. */
export function noticeLogins(sessions: Sessions, usage: Pick<UsageRecorder, "record">): Sessions {
  return {
    ...sessions,
    insert: async (session) => {
      await sessions.insert(session);
      if (session.family_id !== session._id) return;
      usage.record({
        id: `use:login:${session._id}`,
        userId: session.user_id,
        action: "login",
        resourceId: session._id,
        ipAddress: session.ip_address,
        userAgent: session.user_agent,
      });
    },
  };
}

/** Subscriptions whose changes are noted, each once by its revision. What changed nothing for the account is none. */
export function noticeSubscriptions(subscriptions: Subscriptions, usage: Pick<UsageRecorder, "record">): Subscriptions {
  return {
    ...subscriptions,
    save: async (subscription) => {
      const isSaved = await subscriptions.save(subscription);
      const { _id, user_id: userId, revision, change } = subscription;
      if (isSaved && change !== undefined && isChange(change)) {
        const { plan, status } = change.to;
        usage.record({
          id: `use:subscription:${_id}:${revision}`,
          userId,
          action: "subscription_change",
          resourceId: _id,
          metadata: { change: `${plan} ${status}` },
        });
      }
      return isSaved;
    },
  };
}

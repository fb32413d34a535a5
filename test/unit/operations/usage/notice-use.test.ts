import { describe, expect, it } from "vitest";
import { ledgerEntry } from "../../../../src/domain/ledger.ts";
import type { Subscription } from "../../../../src/domain/subscription.ts";
import type { UsageEvent } from "../../../../src/domain/usage.ts";
import { noticeLogins, noticeSpending, noticeSubscriptions } from "../../../../src/operations/usage/notice-use.ts";
import type { Ledger } from "../../../../src/ports/credit-ledger.ts";

const now = new Date("2026-11-21T12:00:00Z");

function notes() {
  const events: UsageEvent[] = [];
  return { events, usage: { record: (event: UsageEvent) => void events.push(event) } };
}

describe("what is noted as use", () => {
  it("is every spending, with what it was for, under an id of its own; and no grant", async () => {
    const { events, usage } = notes();
    const ledger = noticeSpending({ record: async () => undefined } as unknown as Ledger, usage);
    const entry = { userId: "user_a", description: "x", now };
    const details = { model: "m", tokens: 7 };
    await ledger.record(ledgerEntry({ ...entry, reason: "chat", resourceId: "msg_1", amountCredits: -2, details }));
    await ledger.record(ledgerEntry({ ...entry, reason: "grant", resourceId: "user_a", amountCredits: 50 }));
    expect(events).toEqual([
      {
        id: "use:chat:msg_1",
        userId: "user_a",
        action: "chat_message",
        resourceId: "msg_1",
        creditsUsed: 2,
        metadata: details,
      },
    ]);
  });

  it("is a sign-in, and not its renewal", async () => {
    const { events, usage } = notes();
    const sessions = noticeLogins({ insert: async () => undefined } as never, usage);
    const session = { user_id: "user_a", ip_address: "203.0.113.7", user_agent: "x", family_id: "sess_1" };
    await sessions.insert({ ...session, _id: "sess_1" } as never);
    await sessions.insert({ ...session, _id: "sess_2" } as never);
    expect(events).toMatchObject([{ action: "login", userId: "user_a", ipAddress: "203.0.113.7" }]);
  });

  it("is a change of the subscription that was stored, once by its revision", async () => {
    const { events, usage } = notes();
    const to = { plan: "pro", status: "active", cancel_at_period_end: false };
    const changed = { _id: "sub_1", user_id: "user_a", change: { cause: "x", from: null, to } };
    const save = (revision: number, isSaved: boolean) =>
      noticeSubscriptions({ save: async () => isSaved } as never, usage).save({ ...changed, revision } as Subscription);
    expect(await save(1, true)).toBe(true);
    expect(await save(2, false)).toBe(false);
    expect(events).toEqual([
      {
        id: "use:subscription:sub_1:1",
        userId: "user_a",
        action: "subscription_change",
        resourceId: "sub_1",
        metadata: { change: "pro active" },
      },
    ]);
  });
});

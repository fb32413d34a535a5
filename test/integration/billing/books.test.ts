import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuditLogs } from "../../../src/database/audit-logs.ts";
import { createBillingAccounts } from "../../../src/database/billing-accounts.ts";
import { createCreditAccounts } from "../../../src/database/credit-accounts.ts";
import { createLedger } from "../../../src/database/credit-ledger.ts";
import { createSubscriptions } from "../../../src/database/subscriptions.ts";
import { createUsers } from "../../../src/database/users.ts";
import { createWebhookEvents } from "../../../src/database/webhook-events.ts";
import { type LedgerEntry, ledgerEntry } from "../../../src/domain/ledger.ts";
import { createPriceBook } from "../../../src/domain/price-book.ts";
import type { Subscription } from "../../../src/domain/subscription.ts";
import { tierOf } from "../../../src/domain/subscription.ts";
import { newEmailUser, type User } from "../../../src/domain/user.ts";
import { problemsOf } from "../../../src/operations/billing/audit-credits.ts";
import { expireSubscriptions } from "../../../src/operations/billing/expire-subscriptions.ts";
import { receiveEvent } from "../../../src/operations/billing/receive-event.ts";
import { renewAllowances } from "../../../src/operations/billing/renew-allowances.ts";
import { silentLogger } from "../database/support.ts";
import { createInProcessEngine, type Fault } from "./in-process-database.ts";
import { StripeTruth } from "./stripe-truth.ts";

/**
 * The books of one account under everything at once: work that holds and settles, events of Stripe that come late,
 * twice and out of order, and a database and a Stripe that fail before or after they did what they were asked. The
 * repositories are the real ones, on the embedded engine in this process.
 */

const userId = "user_1";
const start = new Date("2026-11-21T12:00:00Z");

let engine: ReturnType<typeof createInProcessEngine>;
let made = 0;

beforeAll(() => {
  engine = createInProcessEngine();
});
afterAll(() => engine.close());

const plan = fc.constantFrom("basic" as const, "pro" as const, "enterprise" as const);
const index = fc.nat(9);
const happening = fc.oneof(
  fc.record({ kind: fc.constant("subscribe" as const), plan }),
  fc.record({ kind: fc.constant("renew" as const) }),
  fc.record({ kind: fc.constant("changePlan" as const), plan }),
  fc.record({ kind: fc.constant("fail" as const) }),
  fc.record({ kind: fc.constant("cancel" as const) }),
  fc.record({ kind: fc.constant("buyPack" as const) }),
  fc.record({ kind: fc.constant("refund" as const), index, isWhole: fc.boolean() }),
  fc.record({ kind: fc.constant("failRefund" as const), index }),
  fc.record({ kind: fc.constant("dispute" as const), index }),
  fc.record({ kind: fc.constant("closeDispute" as const), index, isWon: fc.boolean() }),
);
const work = fc.record({ hold: fc.integer({ min: 1, max: 60 }), more: fc.nat(20), cost: fc.nat(90) });
const scenario = fc.record({
  happenings: fc.array(happening, { minLength: 1, maxLength: 9 }),
  works: fc.array(work, { maxLength: 4 }),
  /** How often the timer looks for monthly credits that are due, while all of it happens. */
  renewals: fc.nat(3),
  /** Which deliveries come twice. */
  doubled: fc.infiniteStream(fc.boolean()),
  /** Which of the commands that wait runs next. */
  order: fc.infiniteStream(fc.nat(1_000)),
  /** About one command in eleven fails. */
  faults: fc.infiniteStream(fc.constantFrom<Fault>("before", "after", ...Array<Fault>(20).fill("none"))),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never;

const next = <T>(stream: fc.Stream<T>): T => stream.next().value as T;

/** Lets callers wait and goes on with one of them at a time, in the scenario's order. */
function createTurns(order: Scenario["order"]) {
  const waiting: (() => void)[] = [];
  return {
    wait: () => new Promise<void>((resolve) => void waiting.push(resolve)),
    runUntil: async (all: Promise<unknown>) => {
      let isOver = false;
      const end = () => {
        isOver = true;
      };
      all.then(end, end);
      while (!isOver) {
        // Whatever can go on without a command does so first.
        await new Promise((resolve) => setImmediate(resolve));
        const [chosen] = waiting.splice(next(order) % Math.max(1, waiting.length), 1);
        chosen?.();
      }
      await all;
    },
  };
}

function happen(truth: StripeTruth, what: Scenario["happenings"][number]): void {
  if (what.kind === "subscribe" || what.kind === "changePlan") truth[what.kind](what.plan);
  else if (what.kind === "refund") truth.refund(what.index, what.isWhole);
  else if (what.kind === "failRefund" || what.kind === "dispute") truth[what.kind](what.index);
  else if (what.kind === "closeDispute") truth.closeDispute(what.index, what.isWon);
  else truth[what.kind]();
}

async function untilItWorks<R>(action: () => Promise<R>): Promise<R> {
  for (let tried = 0; tried < 500; tried += 1) {
    try {
      return await action();
    } catch {
      // As Stripe sends an event again, and a timer books again what a crash left.
    }
  }
  return action();
}

async function play(given: Scenario) {
  made += 1;
  const turns = createTurns(given.order);
  let hasFaults = true;
  const opened = engine.open(`books_${made}`, async () => {
    if (!hasFaults) return "none";
    await turns.wait();
    return next(given.faults);
  });
  const { database } = opened;
  const truth = new StripeTruth(userId);
  let tick = 0;
  const clock = {
    // Each look is later; an event that another delivery has is waited for without passing time in this test.
    now: () => new Date(start.getTime() + 10 * tick++),
    sleep: async () => {
      tick += 200;
      await turns.wait();
    },
  };
  let ids = 0;
  const users = createUsers(database);
  const dependencies = {
    users,
    ledger: createLedger(database),
    creditAccounts: createCreditAccounts(database),
    billingAccounts: createBillingAccounts(database),
    subscriptions: createSubscriptions(database),
    webhookEvents: createWebhookEvents(database),
    auditLogs: createAuditLogs(database),
    payments: truth.service(async () => {
      if (!hasFaults) return;
      await turns.wait();
      if (next(given.faults) !== "none") throw new Error("Stripe is away in this test");
    }),
    prices: createPriceBook({}),
    userSettings: { find: async () => null } as never,
    mailer: { send: async () => undefined },
    publicBaseUrl: "http://127.0.0.1",
    logger: silentLogger,
    clock,
    ids: { next: (prefix: string) => `${prefix}_${++ids}` } as never,
  };
  const account = newEmailUser({ userId, email: "a@example.com", hashedPassword: "", now: start });
  hasFaults = false;
  await users.insert({ ...account, stripe_customer_id: "cus_1", allowance_renews_at: start });
  hasFaults = true;

  const look = () => {
    const [user] = opened.look<User>("users", { _id: userId });
    if (user === undefined) throw new Error("the account is gone");
    const held = Object.values(user.credit_holds).reduce((sum, credits) => sum + credits, 0);
    expect(user.credits_remaining + held + user.credits_spent).toBe(user.credits_granted);
    expect(user.credits_remaining).toBeGreaterThanOrEqual(0);
    return user;
  };

  const deliver = (position: number) =>
    untilItWorks(async () => {
      look();
      await receiveEvent(dependencies, { body: Buffer.from(String(position)), signature: "good" });
    });
  const doWork = async ({ hold, more, cost }: Scenario["works"][number], position: number) => {
    const resourceId = `msg_${position}`;
    const now = start;
    const held = await untilItWorks(() => users.holdCredits({ userId, resourceId, credits: hold, now }));
    if (held.outcome !== "held") return;
    // Whether an extension came through is not known when its answer is lost: the charge is within what is held for sure.
    await users.extendHold({ userId, resourceId, credits: more }).catch(() => false);
    const costCredits = Math.min(cost, hold);
    const entry = { userId, reason: "chat" as const, resourceId, amountCredits: -costCredits, description: "", now };
    await untilItWorks(async () => {
      look();
      await Promise.all([
        users.settleHold({ userId, resourceId, costCredits, now }),
        costCredits === 0 ? undefined : dependencies.ledger.record(ledgerEntry(entry)),
      ]);
    });
  };

  for (const what of given.happenings) happen(truth, what);
  const deliveries = truth.events.flatMap((_event, position) =>
    next(given.doubled) ? [position, position] : [position],
  );
  const renewals = Array.from({ length: given.renewals }, () =>
    renewAllowances(dependencies).catch(() => "the next run does it"),
  );
  await turns.runUntil(Promise.all([...deliveries.map(deliver), ...given.works.map(doWork), ...renewals]));

  // The timers, on a database that works again.
  hasFaults = false;
  await renewAllowances(dependencies);
  tick += 1_000_000;
  await expireSubscriptions(dependencies);
  await renewAllowances(dependencies);
  return { truth, user: look(), look: opened.look };
}

describe("the books of an account", () => {
  it("balance through random interleavings of work, payments, refunds, disputes, faults and repeats", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const { truth, user, look } = await play(given);
        const ledger = look<LedgerEntry & { _id: string }>("credit_ledger", { user_id: userId });
        const sum = (...reasons: string[]) =>
          ledger
            .filter(({ reason }) => reasons.includes(reason))
            .reduce((total, entry) => total + entry.amount_credits, 0);

        expect(user.credit_holds).toEqual({});
        expect(user.unbooked_entries).toBeUndefined();
        const spent = 0 - sum("chat");
        const granted = ledger.reduce((total, entry) => total + entry.amount_credits, 0) + spent;
        expect(problemsOf(user, { granted, spent })).toEqual([]);

        // Everything paid for was given exactly once, whatever came twice, late or in between.
        expect(sum("purchase")).toBe(truth.packCredits);
        expect(sum("subscription") - (user.plan_credit_debt ?? 0)).toBe(truth.planCredits);
        const taken = Object.values(user.reclaims ?? {}).reduce((total, { taken_credits }) => total + taken_credits, 0);
        expect(sum("refund", "dispute") + taken).toBe(0);

        // Account and subscription say what Stripe says.
        const [stored] = look<Subscription & { _id: string }>("subscriptions", { user_id: userId });
        expect(stored?.is_user_behind).toBeUndefined();
        expect(user.subscription_tier).toBe(stored === undefined ? "free" : tierOf(stored));
        if (truth.subscription !== null) {
          const { id, status, plan: name } = truth.subscription;
          expect(stored).toMatchObject({ stripe_subscription_id: id, status, plan: name });
        }
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 400), endOnFailure: false },
    );
  }, 300_000);
});

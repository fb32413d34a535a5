import type {
  ChargeFacts,
  CheckoutFacts,
  DisputeFacts,
  InvoiceFacts,
  InvoiceLine,
} from "../../../src/domain/payment.ts";
import { creditPacks, type PaidPlan, plans } from "../../../src/domain/plans.ts";
import { isAlive, type SubscriptionFacts } from "../../../src/domain/subscription.ts";
import type { PaymentEvent, PaymentService } from "../../../src/ports/billing.ts";

const dayMs = 86_400_000;
const periodMs = 30 * dayMs;
const start = new Date("2026-11-21T12:00:00Z");

/** What really happened at Stripe; Muse hears of it by events in any order, and reads it. */
export class StripeTruth {
  readonly events: PaymentEvent[] = [];
  readonly invoices = new Map<string, InvoiceFacts>();
  readonly checkouts = new Map<string, CheckoutFacts>();
  readonly charges = new Map<string, ChargeFacts>();
  readonly disputes = new Map<string, DisputeFacts>();
  readonly ended = new Map<string, SubscriptionFacts>();
  subscription: SubscriptionFacts | null = null;
  /** Credits that everything paid for is worth, changes to cheaper plans taken off. */
  planCredits = 0;
  packCredits = 0;
  private made = 0;
  private readonly userId: string;

  constructor(userId: string) {
    this.userId = userId;
  }

  private id(prefix: string): string {
    this.made += 1;
    return `${prefix}_${this.made}`;
  }

  private emit(type: string, object: unknown): void {
    this.events.push({ id: this.id("evt"), type, createdAt: new Date(start.getTime() + this.made * 1_000), object });
  }

  private charge(amountMinor: number): ChargeFacts {
    const id = this.id("ch");
    const charge = {
      id,
      customerId: "cus_1",
      paymentId: `pi_${id}`,
      invoiceId: null,
      amountMinor,
      refundedMinor: 0,
      sourceIds: [id, `pi_${id}`],
    };
    this.charges.set(id, charge);
    return charge;
  }

  private invoice(lines: readonly InvoiceLine[]): void {
    const subscription = this.subscription;
    if (subscription === null) return;
    const amountMinor = Math.max(
      0,
      lines.reduce((sum, line) => sum + line.amountMinor, 0),
    );
    const id = this.id("in");
    const paid = amountMinor === 0 ? [] : [this.charge(amountMinor).paymentId ?? ""];
    const invoice: InvoiceFacts = {
      id,
      customerId: "cus_1",
      userId: null,
      subscriptionId: subscription.id,
      isPaid: true,
      isFirst: false,
      amountMinor,
      lines,
      sourceIds: [id, ...paid],
    };
    this.invoices.set(id, invoice);
    this.emit("invoice.paid", invoice);
  }

  private wholeLine({ plan, interval, periodStart, periodEnd }: SubscriptionFacts): InvoiceLine {
    this.planCredits += plans[plan].credits_per_month;
    const amountMinor = plans[plan].price_minor?.monthly ?? 0;
    return { plan, interval, amountMinor, isProration: false, periodStart, periodEnd };
  }

  private change(changes: Partial<SubscriptionFacts>, type = "customer.subscription.updated"): void {
    if (this.subscription === null) return;
    this.subscription = { ...this.subscription, ...changes };
    this.emit(type, this.subscription);
  }

  subscribe(plan: PaidPlan): void {
    if (this.subscription !== null && this.subscription.status !== "cancelled") return;
    if (this.subscription !== null) this.ended.set(this.subscription.id, this.subscription);
    const createdAt = new Date(start.getTime() + this.made * 1_000);
    this.subscription = {
      id: this.id("sub"),
      customerId: "cus_1",
      userId: this.userId,
      status: "active",
      itemId: "si_1",
      priceId: `price_${plan}`,
      plan,
      interval: "monthly",
      periodStart: createdAt,
      periodEnd: new Date(createdAt.getTime() + periodMs),
      cancelAtPeriodEnd: false,
      cancelledAt: null,
      trialStart: null,
      trialEnd: null,
      createdAt,
      latestInvoiceId: null,
    };
    this.emit("customer.subscription.created", this.subscription);
    this.invoice([this.wholeLine(this.subscription)]);
  }

  renew(): void {
    if (this.subscription === null || this.subscription.status === "cancelled") return;
    const { periodEnd } = this.subscription;
    this.change({ status: "active", periodStart: periodEnd, periodEnd: new Date(periodEnd.getTime() + periodMs) });
    this.invoice([this.wholeLine(this.subscription)]);
  }

  /** In the middle of the period: half of the difference. */
  changePlan(plan: PaidPlan): void {
    const before = this.subscription;
    if (before === null || before.status !== "active" || before.plan === plan) return;
    const middle = new Date((before.periodStart.getTime() + before.periodEnd.getTime()) / 2);
    const part = (of: PaidPlan, sign: number): InvoiceLine => ({
      plan: of,
      interval: "monthly",
      amountMinor: (sign * (plans[of].price_minor?.monthly ?? 0)) / 2,
      isProration: true,
      periodStart: middle,
      periodEnd: before.periodEnd,
    });
    this.planCredits += (plans[plan].credits_per_month - plans[before.plan].credits_per_month) / 2;
    this.change({ plan, priceId: `price_${plan}` });
    this.invoice([part(before.plan, -1), part(plan, 1)]);
  }

  fail(): void {
    if (this.subscription?.status !== "active") return;
    this.change({ status: "past_due" });
  }

  cancel(): void {
    if (this.subscription === null || this.subscription.status === "cancelled") return;
    this.change({ status: "cancelled", cancelledAt: start }, "customer.subscription.deleted");
  }

  buyPack(): void {
    const { credits, price_minor: amountMinor } = creditPacks.small;
    const charge = this.charge(amountMinor);
    const id = this.id("cs");
    const checkout: CheckoutFacts = {
      id,
      kind: "pack",
      isPaid: true,
      userId: this.userId,
      customerId: "cus_1",
      subscriptionId: null,
      invoiceId: null,
      packCredits: credits,
      pack: "small",
      amountMinor,
      sourceIds: [id, charge.paymentId ?? ""],
    };
    this.packCredits += credits;
    this.checkouts.set(id, checkout);
    this.emit("checkout.session.completed", checkout);
  }

  private chosen<T>(all: ReadonlyMap<string, T>, index: number): T | undefined {
    return [...all.values()][index % Math.max(1, all.size)];
  }

  refund(index: number, isWhole: boolean): void {
    const charge = this.chosen(this.charges, index);
    if (charge === undefined) return;
    const half = Math.min(charge.amountMinor, charge.refundedMinor + Math.floor(charge.amountMinor / 2));
    const refunded = { ...charge, refundedMinor: isWhole ? charge.amountMinor : half };
    this.charges.set(charge.id, refunded);
    this.emit("charge.refunded", refunded);
  }

  /** The bank turns all refunds of a charge down. */
  failRefund(index: number): void {
    const charge = this.chosen(this.charges, index);
    if (charge === undefined || charge.refundedMinor === 0) return;
    this.charges.set(charge.id, { ...charge, refundedMinor: 0 });
    this.emit("refund.failed", { id: `re_${charge.id}`, chargeId: charge.id, charge: null, hasFailed: true });
  }

  /** A charge may be disputed again once the dispute before is closed. */
  dispute(index: number): void {
    const charge = this.chosen(this.charges, index);
    if (charge === undefined) return;
    const { id: chargeId, paymentId, amountMinor } = charge;
    const before = [...this.disputes.values()].filter((dispute) => dispute.chargeId === chargeId);
    if (before.some(({ isClosed }) => !isClosed)) return;
    const id = `dp_${chargeId}_${before.length}`;
    const dispute = { id, chargeId, paymentId, amountMinor, isMoneyAway: true, isClosed: false };
    this.disputes.set(dispute.id, dispute);
    this.emit("charge.dispute.created", dispute);
  }

  closeDispute(index: number, isWon: boolean): void {
    const dispute = this.chosen(this.disputes, index);
    if (dispute === undefined || dispute.isClosed) return;
    const closed = { ...dispute, isMoneyAway: !isWon, isClosed: true };
    this.disputes.set(dispute.id, closed);
    this.emit("charge.dispute.closed", closed);
  }

  /** Reads the truth; each read may fail or wait, as `before` says. */
  service(before: (what: string) => Promise<void>): PaymentService {
    const read = async <T>(all: ReadonlyMap<string, T>, id: string): Promise<T | null> => {
      await before(`stripe ${id}`);
      return all.get(id) ?? null;
    };
    const same = (object: unknown) => object as never;
    return {
      readSubscription: async (id: string) => {
        await before(`stripe ${id}`);
        return this.subscription?.id === id ? this.subscription : (this.ended.get(id) ?? null);
      },
      listSubscriptions: async () => {
        await before("stripe subscriptions");
        return this.subscription !== null && isAlive(this.subscription) ? [this.subscription] : [];
      },
      readInvoice: (id: string) => read(this.invoices, id),
      readCheckout: (id: string) => read(this.checkouts, id),
      readCharge: (id: string) => read(this.charges, id),
      readDispute: (id: string) => read(this.disputes, id),
      findPaid: async (paymentId: string) => {
        await before(`stripe ${paymentId}`);
        const paid = <T extends { id: string; sourceIds: readonly string[] }>(all: ReadonlyMap<string, T>) =>
          [...all.values()].find(({ sourceIds }) => sourceIds.includes(paymentId))?.id;
        const invoiceId = paid(this.invoices);
        const checkoutId = paid(this.checkouts);
        return {
          ...(invoiceId === undefined ? {} : { invoiceId }),
          ...(checkoutId === undefined ? {} : { checkoutId }),
        };
      },
      verifyEvent: async ({ body }: { body: Uint8Array }) =>
        this.events[Number(Buffer.from(body).toString())] ?? { refused: "unknown" },
      subscriptionOf: same,
      invoiceOf: same,
      checkoutOf: same,
      chargeOf: same,
      refundOf: same,
      disputeOf: same,
    } as unknown as PaymentService;
  }
}

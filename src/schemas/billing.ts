import * as z from "zod";
import { billingIntervals, creditPackNames, paidPlans, subscriptionTiers } from "../domain/plans.ts";
import { subscriptionStatuses } from "../domain/subscription.ts";
import { nullableTimestamp } from "./common.ts";

const price = z.object({
  amount_minor: z.int().meta({ description: "In the currency's smallest unit" }),
  currency: z.string(),
  price_id: z.string().nullable().meta({ description: "The price at Stripe; null: not for sale here" }),
});

export const plansSchema = z
  .object({
    data: z.array(
      z.object({
        id: z.enum(subscriptionTiers),
        title: z.string(),
        credits_per_month: z.int(),
        trial_days: z.int(),
        trial_credits: z.int(),
        concurrency: z
          .object({ generations: z.int(), turns: z.int() })
          .meta({ description: "Jobs and answers that run at a time" }),
        models: z.literal("all"),
        storage: z.object({ files: z.int(), bytes: z.int() }),
        rate_limits: z
          .record(z.string(), z.object({ requests: z.int(), window_seconds: z.int() }))
          .meta({ description: "Requests within a sliding window, by kind of request" }),
        prices: z.object({ monthly: price, yearly: price }).nullable(),
      }),
    ),
    packs: z.array(z.object({ id: z.enum(creditPackNames), title: z.string(), credits: z.int(), price })),
    guest_credits: z.int(),
    is_for_sale: z.boolean().meta({ description: "Whether this deployment can take payments" }),
  })
  .meta({ id: "Plans" });
export type PlansJson = z.infer<typeof plansSchema>;

export const subscriptionSchema = z
  .object({
    id: z.string().nullable(),
    plan: z.enum(subscriptionTiers),
    tier: z.enum(subscriptionTiers).meta({ description: "What can be used now; free once a plan has ended" }),
    status: z.enum(subscriptionStatuses),
    billing_interval: z.enum(billingIntervals).nullable(),
    stripe_subscription_id: z.string().nullable(),
    credits_per_month: z.int(),
    credits_used_this_period: z.int(),
    current_period_start: nullableTimestamp,
    current_period_end: nullableTimestamp,
    cancel_at_period_end: z.boolean(),
    cancelled_at: nullableTimestamp,
    trial_start: nullableTimestamp,
    trial_end: nullableTimestamp,
    grace_ends_at: nullableTimestamp.meta({ description: "While a payment is late: when the plan ends without it" }),
  })
  .meta({ id: "Subscription" });
export type SubscriptionJson = z.infer<typeof subscriptionSchema>;

const returnUrl = z.url({ protocol: /^https?$/ }).max(2_000);

export const checkoutBody = z
  .strictObject({
    plan: z.enum(paidPlans).optional(),
    billing_interval: z.enum(billingIntervals).optional().meta({ description: "monthly, if it is left out" }),
    pack: z.enum(creditPackNames).optional().meta({ description: "Credits to buy once, instead of a plan" }),
    success_url: returnUrl,
    cancel_url: returnUrl,
  })
  .refine(({ plan, pack }) => (plan === undefined) !== (pack === undefined), {
    path: ["plan"],
    message: "either a plan or a pack is to be named",
  })
  .refine(({ pack, billing_interval }) => pack === undefined || billing_interval === undefined, {
    path: ["billing_interval"],
    message: "a pack is bought once",
  });
export type Checkout = z.infer<typeof checkoutBody>;

export const checkoutSchema = z
  .object({
    url: z.string().meta({ description: "The page to send the browser to" }),
    kind: z.enum(["checkout", "plan_change"]).meta({
      description: "plan_change: there is a subscription, so the page confirms another plan instead of a second one",
    }),
  })
  .meta({ id: "Checkout" });
export type CheckoutJson = z.infer<typeof checkoutSchema>;

export const portalBody = z.strictObject({ return_url: returnUrl.optional() });
export type Portal = z.infer<typeof portalBody>;

export const portalSchema = z.object({ url: z.string() }).meta({ id: "BillingPortal" });

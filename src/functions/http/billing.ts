import {
  checkoutBody,
  checkoutSchema,
  plansSchema,
  portalBody,
  portalSchema,
  subscriptionSchema,
} from "../../schemas/billing.ts";
import { rawBody, receivedSchema } from "../../schemas/raw-body.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Billing";

/** Stripe's events are a few kilobytes; an invoice with many lines is some hundreds. Bytes. */
const maxEventBytes = 1_048_576;

export const billingRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/billing/plans",
    summary: "Plans and credit packs: what they give and what they cost",
    tag,
    auth: "none",
    response: plansSchema,
    handle: async (services) => (await import("../../operations/billing/get-plans.ts")).getPlans(services),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/billing/subscription",
    summary: "Your plan and its period",
    tag,
    auth: "user",
    response: subscriptionSchema,
    handle: async (services, { principal }) =>
      (await import("../../operations/billing/get-subscription.ts")).getSubscription(services, principal),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/billing/checkout",
    summary: "Open a page to pay for a plan or a pack on; with a subscription, to confirm another plan",
    tag,
    auth: "user",
    isIdempotent: true,
    body: checkoutBody,
    response: checkoutSchema,
    handle: async (services, { principal, body, request }) =>
      (await import("../../operations/billing/start-checkout.ts")).startCheckout(services, {
        principal,
        body,
        requestKey: request.allotted?.id ?? services.ids.bare(),
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/billing/portal",
    summary: "Open the page to manage subscription, cards and invoices on",
    tag,
    auth: "user",
    body: portalBody,
    response: portalSchema,
    handle: async (services, { principal, body }) =>
      (await import("../../operations/billing/start-checkout.ts")).openPortal(services, { principal, body }),
  }),
  defineRoute({
    method: "POST",
    path: "/webhooks/stripe",
    summary: "Events of Stripe, signed",
    tag,
    auth: "none",
    rawBody: { maxBytes: maxEventBytes },
    body: rawBody,
    response: receivedSchema,
    handle: async (services, { body, request }) =>
      (await import("../../operations/billing/receive-event.ts")).receiveEvent(services, {
        body,
        signature: request.header("stripe-signature"),
      }),
  }),
];

import { emptyBody } from "../../schemas/common.ts";
import { webhookSecretSchema } from "../../schemas/webhooks.ts";
import { defineRoute } from "../define-route.ts";

const path = "/v1/users/me/webhook-secret";
const tag = "Accounts";
const load = () => import("../../operations/webhooks/webhook-secret.ts");

export const webhookSecretRoutes = [
  defineRoute({
    method: "GET",
    path,
    summary: "The secret that your webhooks are signed with (Standard Webhooks)",
    tag,
    auth: "user",
    response: webhookSecretSchema,
    handle: async (services, { principal }) => (await load()).getWebhookSecret(services, { userId: principal.userId }),
  }),
  defineRoute({
    method: "POST",
    path,
    summary: "Replace the secret; the one before signs too for a day",
    tag,
    auth: "user",
    body: emptyBody,
    response: webhookSecretSchema,
    handle: async (services, { principal }) =>
      (await load()).rotateWebhookSecret(services, { userId: principal.userId }),
  }),
];

import { predictionEventQuery } from "../../schemas/prediction-event.ts";
import { rawBody, receivedSchema } from "../../schemas/raw-body.ts";
import { defineRoute } from "../define-route.ts";

/** A prediction with its logs, and with small pictures where these come as data URLs. Bytes. */
const maxEventBytes = 8 * 1_048_576;

export const replicateWebhookRoutes = [
  defineRoute({
    method: "POST",
    path: "/webhooks/replicate",
    summary: "Events of Replicate, signed",
    tag: "Generation",
    auth: "none",
    query: predictionEventQuery,
    rawBody: { maxBytes: maxEventBytes },
    body: rawBody,
    response: receivedSchema,
    handle: async (services, { body, query, request }) =>
      (await import("../../operations/generations/receive-prediction-event.ts")).receivePredictionEvent(services, {
        body,
        id: request.header("webhook-id"),
        timestamp: request.header("webhook-timestamp"),
        signature: request.header("webhook-signature"),
        generationId: query.generation_id,
      }),
  }),
];

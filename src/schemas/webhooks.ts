import * as z from "zod";
import { nullableTimestamp } from "./common.ts";

export const webhookSecretSchema = z
  .object({
    secret: z.string().meta({ description: "Verifies `webhook-signature` by Standard Webhooks", example: "whsec_…" }),
    rotated_at: nullableTimestamp,
    previous_valid_until: nullableTimestamp.meta({
      description: "Until then messages are signed with the secret before too",
    }),
  })
  .meta({ id: "WebhookSecret" });
export type WebhookSecretJson = z.infer<typeof webhookSecretSchema>;

import type { WebhookVerifier } from "../../ports/webhook-events.ts";

/**
 * The signatures of Replicate's webhooks: HMAC-SHA256 over "id.timestamp.body", several in one header while a secret is
 * changed, not older than five minutes (Replicate's "Verify webhooks"; the scheme is Standard Webhooks).
 * @param secret as Replicate gives it: `whsec_` and base64
 */
export function createReplicateWebhooks(secret: string): WebhookVerifier {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return {
    verify: async ({ id, timestamp, signature, body }) => {
      const { isSigned } = await import("./signature.ts");
      return isSigned(key, { id, timestamp, signature, body });
    },
  };
}

/** A module of its own, imported on first use: the package is CommonJS, whose names a dynamic import in the bundle loses. */
import { Webhook, WebhookVerificationError } from "standardwebhooks";

export function isSigned(
  key: Uint8Array,
  event: { id: string; timestamp: string; signature: string; body: Uint8Array },
): boolean {
  const headers = {
    "webhook-id": event.id,
    "webhook-timestamp": event.timestamp,
    "webhook-signature": event.signature,
  };
  try {
    new Webhook(key, { format: "raw" }).verify(Buffer.from(event.body), headers, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

import { hkdfSync } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { WebhookSigner } from "../ports/outbound.ts";

/** Source: Standard Webhooks, "Signature scheme": symmetric secrets have 24 to 64 bytes and this prefix. */
const secretPrefix = "whsec_";
const secretBytes = 32;

/**
 * Signs webhooks by Standard Webhooks 1.0 (HMAC-SHA-256). An account's secret is derived (HKDF, RFC 5869) from the
 * server's, so nothing of it is stored.
 * @param serverSecrets newest first. All of them sign: a receiver's secret stays good while the server's are rotated
 */
export function createWebhookSigner(serverSecrets: readonly string[]): WebhookSigner {
  const [newest] = serverSecrets;
  if (newest === undefined) throw new Error("webhooks need a secret");

  const derive = (serverSecret: string, userId: string, version: number) => {
    const purpose = `muse webhooks\n${userId}\n${version}`;
    const key = Buffer.from(hkdfSync("sha256", serverSecret, "", purpose, secretBytes));
    return secretPrefix + key.toString("base64");
  };

  return {
    secret: ({ userId, version }) => derive(newest, userId, version),
    sign: ({ userId, versions, messageId, now, body }) => {
      const signatures = versions.flatMap((version) =>
        serverSecrets.map((secret) => new Webhook(derive(secret, userId, version)).sign(messageId, now, body)),
      );
      return {
        "webhook-id": messageId,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
        "webhook-signature": signatures.join(" "),
      };
    },
  };
}

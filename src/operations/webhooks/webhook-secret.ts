import { AppError } from "../../domain/errors.ts";
import { secretOverlapMs, type WebhookSecretVersion } from "../../domain/webhook.ts";
import type { WebhookSigner } from "../../ports/outbound.ts";
import type { Clock } from "../../ports/platform.ts";
import type { WebhookSecrets } from "../../ports/webhooks.ts";
import type { WebhookSecretJson } from "../../schemas/webhooks.ts";

interface Dependencies {
  readonly webhookSecrets: WebhookSecrets;
  readonly webhookSigner: WebhookSigner;
  readonly clock: Clock;
}

/** What the account's receivers verify with. */
export async function getWebhookSecret(
  dependencies: Dependencies,
  { userId }: { userId: string },
): Promise<WebhookSecretJson> {
  return toJson(dependencies, userId, await dependencies.webhookSecrets.find(userId));
}

/** A new secret from now on; the one before signs too for a day. @throws AppError `unauthenticated` */
export async function rotateWebhookSecret(
  dependencies: Dependencies,
  { userId }: { userId: string },
): Promise<WebhookSecretJson> {
  const rotated = await dependencies.webhookSecrets.rotate({ userId, now: dependencies.clock.now() });
  if (rotated === null) throw new AppError("unauthenticated", { detail: "The account is no longer active." });
  return toJson(dependencies, userId, rotated);
}

function toJson(
  { webhookSigner, clock }: Dependencies,
  userId: string,
  current: WebhookSecretVersion | null,
): WebhookSecretJson {
  const previousUntil = current === null ? 0 : current.rotated_at.getTime() + secretOverlapMs;
  const isOverlapping = previousUntil > clock.now().getTime();
  return {
    secret: webhookSigner.secret({ userId, version: current?.version ?? 1 }),
    rotated_at: current?.rotated_at.toISOString() ?? null,
    previous_valid_until: isOverlapping ? new Date(previousUntil).toISOString() : null,
  };
}

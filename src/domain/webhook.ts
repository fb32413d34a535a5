/**
 * How the receivers of webhooks are told. They get each message at least once; a repeat has the same id.
 * Source: Standard Webhooks, "Operational considerations".
 */

/** Pauses before the second, third … try, in seconds: eight tries within some eight hours. */
const retryPausesSeconds = [2, 10, 60, 300, 1_800, 7_200, 18_000] as const;

/** A try that is under way belongs to its worker for this long, in ms; longer than the receiver's time. */
export const deliveryLeaseMs = 60_000;

/** How long a receiver may take, in ms. */
export const deliveryTimeoutMs = 10_000;

/** A message that is due for this long was lost on the way. In ms. */
export const lostDeliveryMs = 30_000;

/** For this long after a secret was replaced the one before signs too, in ms. */
export const secretOverlapMs = 24 * 3_600_000;

/**
 * Seconds until the next try, or null when there is none.
 * @param attempts tries so far
 * @param jitter 0 to 1, so that what failed together does not come back together
 */
export function retryPauseSeconds(attempts: number, jitter: number): number | null {
  const pause = retryPausesSeconds[attempts - 1];
  return pause === undefined ? null : Math.ceil(pause * (1 + 0.2 * jitter));
}

/** Replaced secrets that sign at most, however often they are replaced. */
export const mostReplacedSecrets = 4;

/** Of an account's signing secret: which one is in force, and since when. */
export interface WebhookSecretVersion {
  readonly version: number;
  readonly rotated_at: Date;
  /** When the versions before were replaced, the newest last; absent where that was before it was kept. */
  readonly replaced?: readonly { readonly version: number; readonly at: Date }[];
}

/** The versions that sign at `now`, newest first: each for its time after it was replaced. Without a document it is the first. */
export function signingVersions(secret: WebhookSecretVersion | null, now: Date): number[] {
  if (secret === null) return [1];
  const { version, rotated_at: rotatedAt, replaced = [{ version: version - 1, at: rotatedAt }] } = secret;
  const overlapping = replaced.filter(({ at }) => now.getTime() - at.getTime() < secretOverlapMs);
  return [version, ...overlapping.map((older) => older.version).reverse()];
}

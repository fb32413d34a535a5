import { AppError } from "../../domain/errors.ts";
import type { RateLimits } from "../../ports/database.ts";
import type { Clock } from "../../ports/platform.ts";

/** Nobody signs in to read a shared conversation, so an address has to be held to account. */
const windowSeconds = 60;
const requestsAnAddress = 120;

/**
 * Counts a read of a shared conversation for an address.
 * @param input.factor by which this deployment widens the limits of addresses, 1 for none
 * @returns the `RateLimit-*` headers
 * @throws AppError `rate_limited`
 */
export async function limitSharedReads(
  { rateLimits, clock }: { rateLimits: RateLimits; clock: Clock },
  input: { ipAddress: string | null; factor: number },
): Promise<Record<string, string>> {
  const now = clock.now();
  const subject = `ip:${input.ipAddress ?? "unknown"}`;
  const used = await rateLimits.hit({ subject, endpoint: "shared", windowSeconds, weight: 1, now });
  const allowed = Math.ceil(requestsAnAddress * input.factor);
  const reset = windowSeconds - (Math.floor(now.getTime() / 1_000) % windowSeconds);
  if (used > allowed) {
    throw new AppError("rate_limited", {
      detail: `Too many requests. Try again in ${reset} s.`,
      retryAfterSeconds: reset,
    });
  }
  return {
    "ratelimit-limit": String(allowed),
    "ratelimit-remaining": String(Math.max(0, Math.floor(allowed - used))),
    "ratelimit-reset": String(reset),
  };
}

import { AppError } from "../domain/errors.ts";
import { type LimitName, rateLimits as limits } from "../domain/plans.ts";
import type { Principal } from "../domain/user.ts";
import type { RateLimits } from "../ports/database.ts";
import type { Clock } from "../ports/platform.ts";

/** Counts the request for its subject (an account or an address). @returns how many the sliding window now holds */
export function hitLimit(
  { rateLimits, clock }: { rateLimits: RateLimits; clock: Clock },
  name: LimitName,
  subject: string,
): Promise<number> {
  const { windowSeconds } = limits[name];
  return rateLimits.hit({ subject, endpoint: name, windowSeconds, weight: 1, now: clock.now() });
}

/**
 * Compares what was counted with the caller's limit.
 * @param factor by which this deployment widens the limits of addresses, 1 for none
 * @returns the `RateLimit-*` headers (draft-ietf-httpapi-ratelimit-headers-03)
 * @throws AppError `rate_limited` with `Retry-After`
 */
export function checkLimit(
  { clock }: { clock: Clock },
  input: { name: LimitName; principal: Principal | null; used: number; factor: number },
): Record<string, string> {
  const { windowSeconds, requests } = limits[input.name];
  const allowed = Math.ceil(requests[input.principal?.tier ?? "anonymous"] * input.factor);
  const secondsIntoWindow = Math.floor(clock.now().getTime() / 1_000) % windowSeconds;
  const reset = windowSeconds - secondsIntoWindow;
  const headers = {
    "ratelimit-limit": String(allowed),
    "ratelimit-remaining": String(Math.max(0, Math.floor(allowed - input.used))),
    "ratelimit-reset": String(reset),
  };
  if (input.used > allowed) throw new RateLimited(headers, reset);
  return headers;
}

/** `rate_limited` that carries its headers, so that a refused client sees its limit too. */
class RateLimited extends AppError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(headers: Readonly<Record<string, string>>, retryAfterSeconds: number) {
    super("rate_limited", { detail: `Too many requests. Try again in ${retryAfterSeconds} s.`, retryAfterSeconds });
    this.headers = headers;
  }
}

export function rateLimitHeadersOf(error: AppError): Readonly<Record<string, string>> {
  return error instanceof RateLimited ? error.headers : {};
}

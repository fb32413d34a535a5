import { AppError } from "../domain/errors.ts";
import { type LimitName, rateLimits as limits, type SubscriptionTier } from "../domain/plans.ts";
import { secondsUntilFree, slidingCount, type WindowCount } from "../domain/rate-window.ts";
import type { Principal } from "../domain/user.ts";
import type { Clock, Logger } from "../ports/platform.ts";
import type { RateLimits } from "../ports/rate-limits.ts";
import type { AuthKind } from "./route.ts";

/** How much longer than for its account a read waits to be counted, and how long what must be counted waits. In ms. */
const patienceMs = { open: 250, closed: 2_000 } as const;

/** The limit of a route: its own, or the general one of everything that needs an account; null for public reads. */
export function limitOf(route: { readonly limit?: LimitName; readonly auth: AuthKind }): LimitName | null {
  return route.limit ?? (route.auth === "user" || route.auth === "admin" ? "general" : null);
}

/**
 * Counts the request for its subject (an account or an address).
 * @returns null when nobody could count it in time, and it may go on all the same
 * @throws AppError `unavailable` when it may not
 */
export async function takeFromLimit(
  { rateLimits, clock, logger }: { rateLimits: Pick<RateLimits, "count">; clock: Clock; logger: Logger },
  input: { name: LimitName; subject: string; beside: Promise<unknown> | null },
): Promise<WindowCount | null> {
  const { windowSeconds, whenAway } = limits[input.name];
  const counted = new AbortController();
  try {
    const count = await Promise.race([
      rateLimits.count({ subject: input.subject, endpoint: input.name, windowSeconds, weight: 1, now: clock.now() }),
      // From when the account is there: under a burst both are slow, and nobody shall get around a limit by one.
      Promise.resolve(input.beside)
        .catch(() => undefined)
        .then(() => clock.sleep(patienceMs[whenAway], counted.signal))
        .then(() => null),
    ]);
    if (count !== null) return count;
    logger.warn({ limit: input.name, whenAway }, "request not counted in time");
  } catch (error) {
    logger.warn({ error, limit: input.name, whenAway }, "request not counted");
  } finally {
    counted.abort("counted");
  }
  if (whenAway === "open") return null;
  throw new AppError("unavailable", {
    detail: "Your limits cannot be checked at the moment. Nothing was done.",
    retryAfterSeconds: 5,
  });
}

/**
 * Compares what was counted with the caller's limit.
 * @param input.factor by which this deployment widens the limits, 1 for none
 * @returns the `RateLimit-*` headers (draft-ietf-httpapi-ratelimit-headers-03)
 * @throws AppError `rate_limited` with `Retry-After`
 */
export function checkLimit(
  { clock }: { clock: Clock },
  input: { name: LimitName; principal: Principal | null; count: WindowCount; factor: number },
): Record<string, string> {
  const { count } = input;
  const allowed = allowedRequests(input.name, input.principal?.tier ?? "anonymous", input.factor);
  const now = clock.now();
  const used = slidingCount(count, now);
  const isOver = used > allowed;
  const windowEnd = count.startedAt.getTime() + count.windowSeconds * 1_000;
  const reset = isOver
    ? secondsUntilFree(count, allowed, now)
    : Math.max(1, Math.ceil((windowEnd - now.getTime()) / 1_000));
  if (isOver) throw new RateLimited(allowed, reset);
  return limitHeaders(allowed, allowed - used, reset);
}

/** The refusal of somebody without an account who is known to have asked too often. */
export function refuseAnonymous(input: { name: LimitName; factor: number; seconds: number }): never {
  throw new RateLimited(allowedRequests(input.name, "anonymous", input.factor), input.seconds);
}

function allowedRequests(name: LimitName, tier: SubscriptionTier | "anonymous", factor: number): number {
  return Math.ceil(limits[name].requests[tier] * factor);
}

function limitHeaders(allowed: number, remaining: number, reset: number): Record<string, string> {
  return {
    "ratelimit-limit": String(allowed),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(reset),
  };
}

/** `rate_limited` that carries its headers, so that a refused client sees its limit too. */
class RateLimited extends AppError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(allowed: number, retryAfterSeconds: number) {
    super("rate_limited", { detail: `Too many requests. Try again in ${retryAfterSeconds} s.`, retryAfterSeconds });
    this.headers = limitHeaders(allowed, 0, retryAfterSeconds);
  }
}

export function rateLimitHeadersOf(error: AppError): Readonly<Record<string, string>> {
  return error instanceof RateLimited ? error.headers : {};
}

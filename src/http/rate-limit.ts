import { AppError } from "../domain/errors.ts";
import { type LimitName, rateLimits as limits, type SubscriptionTier } from "../domain/plans.ts";
import { secondsUntilFree, slidingCount, type WindowCount } from "../domain/rate-window.ts";
import type { Clock, Logger } from "../ports/platform.ts";
import type { RateLimits } from "../ports/rate-limits.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { Refusal, Refusals } from "./refusals.ts";
import type { AuthKind } from "./route.ts";

interface LimitServices {
  readonly rateLimits: RateLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

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
  { rateLimits, clock, logger }: LimitServices,
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
 * Keeps a caller to their limit. What is refused is not counted: its `Retry-After` holds, however often they ask before.
 * @param input.tier null: they have no account
 * @param input.count null: nobody could count the request, which may go on
 * @returns the `RateLimit-*` headers (draft-ietf-httpapi-ratelimit-headers-03), none without a count
 * @throws AppError `rate_limited` with `Retry-After`
 */
export async function keepToLimit(
  services: LimitServices & {
    readonly refusals: Refusals;
    readonly telemetry: Telemetry;
    readonly rateLimitFactor: number;
  },
  input: { name: LimitName; subject: string; tier: SubscriptionTier | null; count: WindowCount | null },
): Promise<Readonly<Record<string, string>>> {
  const { clock, refusals, telemetry } = services;
  const { name, subject, count } = input;
  if (count === null) {
    telemetry.count("muse.rate_limit.fail_open", 1, { limit: name });
    return {};
  }
  const allowed = allowedRequests(services, input);
  const now = clock.now();
  const used = slidingCount(count, now);
  if (used > allowed) {
    // Others that are refused in the same moment may be counted still, so no more than allowed were let in for certain.
    const withoutIt = { ...count, running: Math.min(count.running - 1, allowed) };
    const refusal = { allowed, seconds: secondsUntilFree(withoutIt, allowed, now) };
    refusals.note(callerOf(name, subject), refusal);
    await giveBack(services, { name, subject, count });
    throw new RateLimited(refusal);
  }
  const windowEnd = count.startedAt.getTime() + count.windowSeconds * 1_000;
  return limitHeaders(allowed, allowed - used, Math.max(1, Math.ceil((windowEnd - now.getTime()) / 1_000)));
}

/** That the subject asked too often, as far as this instance had to refuse them; null where there is no limit. */
export function knownRefusal(
  { refusals }: { readonly refusals: Refusals },
  { name, subject }: { readonly name: LimitName | null; readonly subject: string },
): Refusal | null {
  return name === null ? null : refusals.find(callerOf(name, subject));
}

const callerOf = (name: LimitName, subject: string): string => `${name} ${subject}`;

/** Requests that are allowed in a window of this limit. */
export function allowedRequests(
  { rateLimitFactor }: { readonly rateLimitFactor: number },
  { name, tier }: { readonly name: LimitName; readonly tier: SubscriptionTier | null },
): number {
  return Math.ceil(limits[name].requests[tier ?? "anonymous"] * rateLimitFactor);
}

/** Without it the caller waits somewhat longer, so a database that is slow now keeps nobody waiting for their refusal. */
async function giveBack(
  { rateLimits, clock, logger }: LimitServices,
  { name, subject, count }: { name: LimitName; subject: string; count: WindowCount },
): Promise<void> {
  const { windowSeconds, startedAt } = count;
  const given = new AbortController();
  await Promise.race([
    rateLimits
      .giveBack({ subject, endpoint: name, windowSeconds, startedAt })
      .catch((error: unknown) => logger.warn({ error, limit: name }, "refused request stays counted")),
    clock.sleep(patienceMs.open, given.signal),
  ]);
  given.abort("given back");
}

function limitHeaders(allowed: number, remaining: number, reset: number): Record<string, string> {
  return {
    "ratelimit-limit": String(allowed),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(reset),
  };
}

/** `rate_limited` that carries its headers, so that a refused client sees its limit too. */
export class RateLimited extends AppError {
  readonly headers: Readonly<Record<string, string>>;

  constructor({ allowed, seconds }: Refusal) {
    super("rate_limited", { detail: `Too many requests. Try again in ${seconds} s.`, retryAfterSeconds: seconds });
    this.headers = limitHeaders(allowed, 0, seconds);
  }
}

export function rateLimitHeadersOf(error: AppError): Readonly<Record<string, string>> {
  return error instanceof RateLimited ? error.headers : {};
}

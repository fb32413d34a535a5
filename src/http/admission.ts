import type { HttpRequest } from "@azure/functions";
import { scopeOf } from "../domain/api-scopes.ts";
import { AppError, isAppError } from "../domain/errors.ts";
import { clientNetwork } from "../domain/network.ts";
import type { LimitName } from "../domain/plans.ts";
import type { Identity, Principal } from "../domain/user.ts";
import { bearerToken, clientAddress } from "./caller.ts";
import type { Exchange, PipelineServices } from "./exchange.ts";
import { checkLimit, limitOf, refuseAnonymous, takeFromLimit } from "./rate-limit.ts";
import type { Route } from "./route.ts";

/**
 * Who the request says it comes from, as far as its token tells.
 * @returns null for a request that needs no account
 * @throws AppError `unauthenticated`, `forbidden`
 */
export async function identifyCaller<S extends PipelineServices>(
  exchange: Exchange<S>,
  route: Route<S>,
): Promise<Identity | null> {
  const { services, request } = exchange;
  const token = bearerToken(request);
  const needsPrincipal = route.auth !== "none" && (route.auth !== "optional" || token !== null);
  if (needsPrincipal && token === null) {
    throw new AppError("unauthenticated", {
      detail: "Send an access token or an API key as `Authorization: Bearer …`.",
    });
  }
  const identity = needsPrincipal && token !== null ? await services.identify(token) : null;
  exchange.userId = identity?.userId ?? null;
  if (identity !== null) requireScope(route, identity);
  return identity;
}

/** Who a request is counted for: the account, or the network of somebody without one. */
function subjectOf(request: HttpRequest, identity: Identity | null): string {
  return identity?.userId ?? `ip:${networkOf(request)}`;
}

function networkOf(request: HttpRequest): string {
  return clientNetwork(clientAddress(request));
}

const callerOf = (limit: LimitName, subject: string) => `${limit} ${subject}`;

/**
 * Whether it pays to begin with the caller's request before they are let in: not while they are asking too often, or
 * refusing them would cost the database more than serving them does.
 */
export function mayBeginEarly<S extends PipelineServices>(
  { services, request }: Exchange<S>,
  route: Route<S>,
  identity: Identity,
): boolean {
  const limit = limitOf(route);
  return limit === null || services.refusals.secondsLeft(callerOf(limit, subjectOf(request, identity))) === 0;
}

/**
 * Lets the caller in, or not.
 * @throws AppError `unauthenticated`, `forbidden`, `rate_limited`, `unavailable`
 */
export async function admit<S extends PipelineServices>(
  exchange: Exchange<S>,
  route: Route<S>,
  identity: Identity | null,
): Promise<Principal | null> {
  const { services, request } = exchange;
  const limit = limitOf(route);
  const subject = subjectOf(request, identity);
  if (limit !== null && identity === null) {
    // What would be refused in any case is not counted either: a flood costs the database nothing. An account is asked
    // for all the same, as its plan, and with it what it may, can change at any moment.
    const seconds = services.refusals.secondsLeft(callerOf(limit, subject));
    if (seconds > 0) refuseAnonymous({ name: limit, factor: services.rateLimitFactor, seconds });
  }
  const admitting = () => loadAndCount(exchange, { route, identity, limit, subject });
  return route.isPaced === true ? services.pacedAdmissions(admitting, networkOf(request)) : admitting();
}

/**
 * Loads the caller's account and counts the request; the two go to the database side by side, so that they cost one
 * round trip.
 */
async function loadAndCount<S extends PipelineServices>(
  exchange: Exchange<S>,
  input: { route: Route<S>; identity: Identity | null; limit: LimitName | null; subject: string },
): Promise<Principal | null> {
  const { services } = exchange;
  const { route, identity, limit, subject } = input;
  const loading = identity === null ? null : services.loadPrincipal(identity);
  const [principal, count] = await Promise.all([
    loading,
    limit === null ? null : takeFromLimit(services, { name: limit, subject, beside: loading }),
  ]);
  if (limit !== null && count === null) services.telemetry.count("muse.rate_limit.fail_open", 1, { limit });
  if (principal !== null) {
    const { method, path, usage: action = "api_request" } = route;
    exchange.use = { userId: principal.userId, action, endpoint: `${method} ${path}` };
  }
  if (route.auth === "admin" && principal?.role !== "admin") {
    throw new AppError("forbidden", { detail: "Only an administrator may do this." });
  }
  if (limit === null || count === null) return principal;
  try {
    exchange.limitHeaders = checkLimit(services, { name: limit, principal, count, factor: services.rateLimitFactor });
    return principal;
  } catch (error) {
    if (isAppError(error)) services.refusals.note(callerOf(limit, subject), error.retryAfterSeconds ?? 1);
    throw error;
  }
}

/**
 * Loads the account of a caller once more whose body took its time. An account may have been ended and erased meanwhile,
 * and what it still wrote would stay for good.
 * @throws AppError `unauthenticated`, `unavailable`
 */
export async function readmit<S extends PipelineServices>(
  exchange: Exchange<S>,
  identity: Identity,
): Promise<Principal> {
  const { use } = exchange;
  exchange.use = null;
  const principal = await exchange.services.loadPrincipal(identity);
  exchange.use = use;
  return principal;
}

/** @throws AppError `forbidden` for an API key that may not do this */
function requireScope<S>(route: Route<S>, { scopes }: Identity): void {
  if (scopes === null) return;
  const scope = route.scope === undefined ? scopeOf(route) : route.scope;
  if (scope === null) return;
  if (scope === "session") throw new AppError("forbidden", { detail: "An API key cannot do this: sign in." });
  if (!scopes.includes(scope)) {
    throw new AppError("forbidden", { detail: `The API key does not have the scope ${scope}.` });
  }
}

import type { HttpRequest } from "@azure/functions";
import { scopeOf } from "../domain/api-scopes.ts";
import { AppError } from "../domain/errors.ts";
import { clientNetwork } from "../domain/network.ts";
import type { LimitName } from "../domain/plans.ts";
import type { Identity, Principal } from "../domain/user.ts";
import { bearerToken, clientAddress } from "./caller.ts";
import type { Exchange, PipelineServices } from "./exchange.ts";
import { allowedRequests, keepToLimit, knownRefusal, limitOf, RateLimited, takeFromLimit } from "./rate-limit.ts";
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

/**
 * Whether it pays to begin with the caller's request before they are let in: not while they are asking too often, or
 * refusing them would cost the database more than serving them does.
 */
export function mayBeginEarly<S extends PipelineServices>(
  { services, request }: Exchange<S>,
  route: Route<S>,
  identity: Identity,
): boolean {
  return knownRefusal(services, { name: limitOf(route), subject: subjectOf(request, identity) }) === null;
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
  const counted = { name: limitOf(route), subject: subjectOf(request, identity) };
  const admitting = () => loadAndCount(exchange, { route, identity, ...counted });
  // There is nothing to pace in a refusal.
  const isPaced = route.isPaced === true && knownRefusal(services, counted) === null;
  return isPaced ? services.pacedAdmissions(admitting, networkOf(request)) : admitting();
}

/**
 * Loads the caller's account and counts the request; the two go to the database side by side, so that they cost one
 * round trip. Who is known to ask too often is not counted: a flood costs the database next to nothing. An account is
 * loaded all the same, as its plan, and with it what it may, can change at any moment.
 */
async function loadAndCount<S extends PipelineServices>(
  exchange: Exchange<S>,
  input: { route: Route<S>; identity: Identity | null; name: LimitName | null; subject: string },
): Promise<Principal | null> {
  const { services } = exchange;
  const { route, identity, name, subject } = input;
  const loading = identity === null ? null : services.loadPrincipal(identity);
  // Looked up in its turn: who waited may have been refused meanwhile.
  const known = knownRefusal(services, { name, subject });
  const [principal, counted] = await Promise.all([
    loading,
    name === null || known !== null ? null : takeFromLimit(services, { name, subject, beside: loading }),
  ]);
  if (principal !== null) {
    const { method, path, usage: action = "api_request" } = route;
    exchange.use = { userId: principal.userId, action, endpoint: `${method} ${path}` };
  }
  if (route.auth === "admin" && principal?.role !== "admin") {
    throw new AppError("forbidden", { detail: "Only an administrator may do this." });
  }
  if (name === null) return principal;
  const tier = principal?.tier ?? null;
  if (known?.allowed === allowedRequests(services, { name, tier })) throw new RateLimited(known);
  const count = known === null ? counted : await takeFromLimit(services, { name, subject, beside: null });
  exchange.limitHeaders = await keepToLimit(services, { name, subject, tier, count });
  return principal;
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

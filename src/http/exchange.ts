import type { HttpRequest } from "@azure/functions";
import { type AppError, errorCodes } from "../domain/errors.ts";
import type { UsageAction } from "../domain/usage.ts";
import type { Identity, Principal } from "../domain/user.ts";
import type { IdempotencyKeys } from "../ports/idempotency-keys.ts";
import type { Clock, Ids, Logger } from "../ports/platform.ts";
import type { RateLimits } from "../ports/rate-limits.ts";
import type { InTurn } from "../ports/security.ts";
import type { Span, Telemetry } from "../ports/telemetry.ts";
import type { UsageRecorder } from "../ports/usage.ts";
import type { AllowedClients } from "./allowed-clients.ts";
import { clientAddress, decodedParams, userAgentOf } from "./caller.ts";
import type { Refusals } from "./refusals.ts";

/** What the pipeline needs of the product; the handlers get the same object with all the rest in it. */
export interface PipelineServices {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly rateLimits: RateLimits;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly usage: UsageRecorder;
  readonly refusals: Refusals;
  /** For routes whose bursts are let in a few at a time. */
  readonly pacedAdmissions: InTurn;
  readonly allowedOrigins: readonly string[];
  readonly allowedClients: AllowedClients;
  /** Whether browsers shall never ask by plain HTTP again. */
  readonly isHttpsOnly: boolean;
  readonly rateLimitFactor: number;
  /** Reads an access token, or looks an API key up. @throws AppError `unauthenticated` */
  identify(token: string): Promise<Identity>;
  /** Loads the account behind a token. @throws AppError `unauthenticated` when it is gone or the token was revoked */
  loadPrincipal(identity: Identity): Promise<Principal>;
}

/** One request on its way through the pipeline. */
export interface Exchange<S extends PipelineServices> {
  readonly services: S;
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly path: string;
  /** The path's template, for telemetry. */
  readonly route: string;
  readonly span: Span;
  readonly startedAt: number;
  /** Filled as the caller becomes known, for the log line. */
  userId: string | null;
  /** Filled when the caller was let in, for the usage log. */
  use: { readonly userId: string; readonly action: UsageAction; readonly endpoint: string } | null;
  /** `RateLimit-*`, filled when the request was counted: whatever comes of it, it was. */
  limitHeaders: Readonly<Record<string, string>>;
}

/** Our own failures are logged with their cause; a client's mistakes are in the request line already. */
export function logFailure<S extends PipelineServices>(
  { services, requestId, span }: Exchange<S>,
  error: AppError,
): void {
  if (errorCodes[error.code].status < 500) return;
  span.fail(error);
  services.logger.error({ requestId, code: error.code, error: error.cause ?? error }, "request failed");
}

/** Once, when the answer has left or its stream has ended: the log line, the metrics, the span and the usage log. */
export function logRequest<S extends PipelineServices>(exchange: Exchange<S>, status: number): void {
  const { services, request, requestId, path, route, span, startedAt, userId } = exchange;
  const { telemetry } = services;
  const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
  services.logger.info({ requestId, method: request.method, path, status, durationMs, userId }, "request");
  telemetry.observe("muse.http.request", durationMs, { route, method: request.method, status });
  const [, webhook] = /^\/webhooks\/(.+)$/.exec(route) ?? [];
  if (webhook !== undefined && status >= 400) telemetry.count("muse.webhook.failures", 1, { source: webhook });
  span.set({ "http.response.status_code": status, "muse.request_id": requestId });
  span.end();
  if (exchange.use === null) return;
  const { endpoint, ...use } = exchange.use;
  services.usage.record({
    ...use,
    resourceId: status < 400 ? Object.values(decodedParams(request)).at(-1) : undefined,
    ipAddress: clientAddress(request),
    userAgent: userAgentOf(request),
    metadata: { endpoint },
    responseTimeMs: Math.round(durationMs),
    statusCode: status,
  });
}

import type { HttpRequest, HttpResponseInit } from "@azure/functions";
import type * as z from "zod";
import { scopeOf } from "../domain/api-scopes.ts";
import { AppError, errorCodes } from "../domain/errors.ts";
import type { UsageAction } from "../domain/usage.ts";
import type { Identity, Principal } from "../domain/user.ts";
import type { IdempotencyKeys, RateLimits } from "../ports/database.ts";
import type { Clock, Ids, Logger } from "../ports/platform.ts";
import type { Span, Telemetry } from "../ports/telemetry.ts";
import type { UsageRecorder } from "../ports/usage.ts";
import { type AllowedClients, requireAllowedClient } from "./allowed-clients.ts";
import { discardBody, isJsonRequest, readBytes, readJson } from "./body.ts";
import { bearerToken, clientAddress, decodedParams, requestIdOf, userAgentOf } from "./caller.ts";
import { chunkStream } from "./chunk-stream.ts";
import { commonHeaders } from "./common-headers.ts";
import { corsHeaders, preflightHeaders } from "./cors.ts";
import { eventStreamType, type IdempotentRequest, startIdempotent } from "./idempotency.ts";
import { createOpenAIEventFormat, openAIProblemHeaders, toOpenAIProblem } from "./openai-problem.ts";
import { problemHeaders, toAppError, toProblem, validationFailed } from "./problem.ts";
import { checkLimit, limitOf, rateLimitHeadersOf, takeFromLimit } from "./rate-limit.ts";
import { isReply, type Reply, reply } from "./reply.ts";
import type { RequestFacts, Route, UploadLimits, WireStyle } from "./route.ts";
import { eventStream } from "./sse.ts";
import { readUpload, uploadDigest } from "./upload.ts";

/** What the pipeline needs of the product; the handlers get the same object with all the rest in it. */
export interface PipelineServices {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly rateLimits: RateLimits;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly usage: UsageRecorder;
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

type Headers = Record<string, string>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>;
}

/** One request on its way through the pipeline. */
interface Exchange<S extends PipelineServices> {
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
}

const jsonType = "application/json; charset=utf-8";
const problemType = "application/problem+json; charset=utf-8";

/**
 * Answers one request of a path.
 *
 * Under HTTP streaming the worker sends nothing at all for a handler that throws or returns nothing, and the client
 * hangs. So this function never throws and always returns a response: every failure, foreseen or not, becomes a problem.
 * @param routes all routes of the path, one a method; none for a path that does not exist
 */
export async function answerRequest<S extends PipelineServices>(
  getServices: () => Promise<S>,
  routes: readonly Route<S>[],
  request: HttpRequest,
  traceparent?: string,
): Promise<HttpResponseInit> {
  const startedAt = performance.now();
  const requestId = requestIdOf(request);
  let services: S;
  try {
    services = await getServices();
  } catch {
    // Without settings there is no logger either; the start has reported the reason already.
    const answer = problemAnswer(new AppError("unavailable"), requestId, routes[0]?.wireStyle);
    return withCommonHeaders(answer, requestId, commonHeaders({ isHttpsOnly: false }));
  }
  const path = new URL(request.url).pathname;
  const route = routes[0]?.path ?? "(unknown)";
  const span = services.telemetry.start({
    name: `${request.method} ${route}`,
    kind: "server",
    parent: traceparent ?? request.headers.get("traceparent"),
    attributes: { "http.request.method": request.method, "http.route": route },
  });
  const exchange: Exchange<S> = {
    services,
    request,
    requestId: requestId === "" ? services.ids.next("req") : requestId,
    path,
    route,
    span,
    startedAt,
    userId: null,
    use: null,
  };
  return span.run(() => answerExchange(exchange, routes));
}

async function answerExchange<S extends PipelineServices>(
  exchange: Exchange<S>,
  routes: readonly Route<S>[],
): Promise<HttpResponseInit> {
  const { services, request } = exchange;
  const cors = corsHeaders(request.headers.get("origin"), services.allowedOrigins);
  let answer: Answer;
  try {
    answer = await dispatch(exchange, routes);
  } catch (thrown) {
    await discardBody(request);
    answer = failureAnswer(exchange, thrown, routes[0]?.wireStyle);
  }
  if (!(answer.body instanceof ReadableStream)) logRequest(exchange, answer.status);
  return withCommonHeaders(answer, exchange.requestId, { ...commonHeaders(services), ...cors });
}

async function dispatch<S extends PipelineServices>(
  exchange: Exchange<S>,
  routes: readonly Route<S>[],
): Promise<Answer> {
  const { services, request } = exchange;
  requireAllowedClient(services.allowedClients, exchange.route, request);
  const methods = allowedMethods(routes);
  if (request.method === "OPTIONS" && routes.length > 0) {
    return { status: 204, headers: { allow: methods.join(", "), ...preflightHeaders(methods) } };
  }
  const wanted = request.method === "HEAD" ? "GET" : request.method;
  const route = routes.find((candidate) => candidate.method === wanted);
  if (route === undefined) {
    if (routes.length === 0) throw new AppError("not_found", { detail: "There is nothing at this path." });
    throw new AppError("method_not_allowed", { detail: `This path answers ${methods.join(", ")}.`, allow: methods });
  }
  const answer = await answerRoute(exchange, route);
  return request.method === "HEAD" ? { status: answer.status, headers: answer.headers } : answer;
}

function allowedMethods(routes: readonly { readonly method: string }[]): string[] {
  const methods = routes.map((route) => route.method);
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
}

async function answerRoute<S extends PipelineServices>(exchange: Exchange<S>, route: Route<S>): Promise<Answer> {
  const { principal, limitHeaders } = await admit(exchange, route);
  const params = parsePart("The path", route.params, decodedParams(exchange.request));
  const query = parsePart("The query", route.query, Object.fromEntries(new URL(exchange.request.url).searchParams));
  const { input, text, schema = route.body } = await readBody(exchange.request, route);
  const body = parsePart("The body", schema, input);

  const idempotent = await startIfIdempotent(exchange, route, principal, text);
  if (idempotent?.response) {
    const { status, headers, body: savedBody } = idempotent.response;
    return { status, headers: { ...headers, ...limitHeaders, "idempotency-replayed": "true" }, body: savedBody };
  }
  const facts = requestFacts(exchange, idempotent);
  try {
    const result = await route.handle(exchange.services, { params, query, body, principal, request: facts });
    const answer = await toAnswer(exchange, route, isReply(result) ? result : plainReply(route, result), idempotent);
    const replayed: Headers = idempotent?.outcome === "completed" ? { "idempotency-replayed": "true" } : {};
    return { ...answer, headers: { ...answer.headers, ...limitHeaders, ...replayed } };
  } catch (error) {
    if (idempotent !== null && idempotent.outcome !== "completed") await giveUp(exchange, idempotent, error);
    throw error;
  }
}

/**
 * After a definite failure the key is free for a new try. After an uncertain one (the database went away in the middle)
 * the thing may have been made: the next try then goes on with the same id, and makes nothing twice.
 */
async function giveUp<S extends PipelineServices>(
  { services, requestId }: Exchange<S>,
  idempotent: IdempotentRequest,
  thrown: unknown,
): Promise<void> {
  const { code } = toAppError(thrown);
  const isUncertain = code === "internal" || code === "unavailable";
  await (isUncertain ? idempotent.unlock() : idempotent.release()).catch((error: unknown) =>
    services.logger.warn({ error, requestId }, "idempotency key not given up; its lock will lapse"),
  );
}

interface ReadBody {
  readonly input: unknown;
  /** Tells two requests with one idempotency key apart. */
  readonly text: string;
  /** What the input has to be, where that is not simply the route's. */
  readonly schema?: z.ZodType | undefined;
}

/** The body as its schema will see it. */
async function readBody<S>(request: HttpRequest, route: Route<S>): Promise<ReadBody> {
  if (route.upload !== undefined) return readUploadOrJson(request, route.upload, route.isIdempotent === true);
  if (route.rawBody !== undefined) return { input: await readBytes(request, route.rawBody.maxBytes), text: "" };
  if (route.body === undefined) return { input: undefined, text: "" };
  const { json, text } = await readJson(request, route.maxBodyBytes);
  return { input: json, text };
}

async function readUploadOrJson(request: HttpRequest, limits: UploadLimits, isIdempotent: boolean): Promise<ReadBody> {
  if (limits.json !== undefined && isJsonRequest(request) && request.headers.get("x-file-name") === null) {
    const { json, text } = await readJson(request, limits.json.maxBytes);
    return { input: json, text, schema: limits.json.schema };
  }
  const upload = await readUpload(request, limits);
  const text = isIdempotent ? await uploadDigest(upload) : "";
  return { input: upload, text, schema: limits.form };
}

/** Authenticates and counts; the two go to the database side by side, so that they cost one round trip. */
async function admit<S extends PipelineServices>(exchange: Exchange<S>, route: Route<S>) {
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
  const subject = identity?.userId ?? `ip:${clientAddress(request) ?? "unknown"}`;
  const limit = limitOf(route);
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
  const limitHeaders =
    limit === null || count === null
      ? {}
      : checkLimit(services, { name: limit, principal, count, factor: services.rateLimitFactor });
  return { principal, limitHeaders };
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

async function startIfIdempotent<S extends PipelineServices>(
  exchange: Exchange<S>,
  route: Route<S>,
  principal: Principal | null,
  body: string,
): Promise<IdempotentRequest | null> {
  const key = exchange.request.headers.get("idempotency-key");
  if (route.isIdempotent !== true || key === null || principal === null) return null;
  return startIdempotent(exchange.services, {
    userId: principal.userId,
    key,
    method: route.method,
    path: exchange.path,
    body,
  });
}

function requestFacts<S extends PipelineServices>(
  { request, requestId }: Exchange<S>,
  idempotent: IdempotentRequest | null,
): RequestFacts {
  return {
    requestId,
    ipAddress: clientAddress(request),
    userAgent: userAgentOf(request),
    acceptsEvents: request.headers.get("accept")?.includes(eventStreamType) ?? false,
    ...(idempotent === null
      ? {}
      : { allotted: { id: idempotent.allottedId, isResumed: idempotent.outcome !== "started" } }),
    header: (name) => request.headers.get(name),
  };
}

function plainReply<S>(route: Route<S>, result: unknown): Reply {
  return route.response === undefined ? reply({ kind: "empty" }) : reply({ kind: "json", body: result });
}

async function toAnswer<S extends PipelineServices>(
  exchange: Exchange<S>,
  route: Route<S>,
  result: Reply,
  idempotent: IdempotentRequest | null,
): Promise<Answer> {
  switch (result.kind) {
    case "empty":
      return { status: result.status ?? 204, headers: { ...result.headers } };
    case "bytes":
      return {
        status: result.status ?? 200,
        headers: { "content-type": result.mimeType, ...result.headers },
        body: result.bytes,
      };
    case "json": {
      const value = route.response === undefined ? result.body : route.response.parse(result.body);
      const answer = {
        status: result.status ?? route.status,
        headers: { "content-type": jsonType, ...result.headers },
        body: JSON.stringify(value),
      };
      // The work is done: an answer that could not be kept is no reason to call it failed.
      await idempotent?.complete(answer).catch((error: unknown) => logFailure(exchange, toAppError(error)));
      return answer;
    }
    case "stream":
      return {
        status: result.status ?? 200,
        headers: { "content-type": result.mimeType, ...result.headers },
        body: chunkStream(result.chunks, (error) => {
          if (error !== null) logFailure(exchange, toAppError(error));
          logRequest(exchange, result.status ?? 200);
        }),
      };
    case "events":
      return streamAnswer(exchange, route, result, idempotent);
  }
}

function streamAnswer<S extends PipelineServices>(
  exchange: Exchange<S>,
  route: Route<S>,
  { events }: Extract<Reply, { kind: "events" }>,
  idempotent: IdempotentRequest | null,
): Answer {
  const { services, requestId } = exchange;
  const isFirst = idempotent !== null && idempotent.outcome !== "completed";
  return {
    status: 200,
    headers: {
      "content-type": `${eventStreamType}; charset=utf-8`,
      // Tells nginx-like proxies to pass events on as they come.
      "x-accel-buffering": "no",
      "cache-control": "no-store, no-transform",
    },
    body: eventStream({
      events,
      clock: services.clock,
      requestId,
      format: route.wireStyle === "openai" ? createOpenAIEventFormat() : undefined,
      drainsAfterCancel: isFirst,
      onEnd: async ({ error }) => {
        if (error !== null) logFailure(exchange, error);
        logRequest(exchange, 200);
        if (isFirst) await idempotent.complete({ status: 200, headers: { "content-type": eventStreamType }, body: "" });
      },
    }),
  };
}

function parsePart(part: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw validationFailed(part, result.error);
  return result.data;
}

function failureAnswer<S extends PipelineServices>(
  exchange: Exchange<S>,
  thrown: unknown,
  style: WireStyle | undefined,
): Answer {
  const error = toAppError(thrown);
  logFailure(exchange, error);
  return problemAnswer(error, exchange.requestId, style);
}

function problemAnswer(error: AppError, requestId: string, style: WireStyle = "muse"): Answer {
  if (style === "openai") {
    const { status, body } = toOpenAIProblem(error);
    const headers = { "content-type": jsonType, ...openAIProblemHeaders(error), ...rateLimitHeadersOf(error) };
    return { status, headers, body: JSON.stringify(body) };
  }
  return {
    status: errorCodes[error.code].status,
    headers: { "content-type": problemType, ...problemHeaders(error), ...rateLimitHeadersOf(error) },
    body: JSON.stringify(toProblem(error, requestId)),
  };
}

/** Our own failures are logged with their cause; a client's mistakes are in the request line already. */
function logFailure<S extends PipelineServices>({ services, requestId, span }: Exchange<S>, error: AppError): void {
  if (errorCodes[error.code].status < 500) return;
  span.fail(error);
  services.logger.error({ requestId, code: error.code, error: error.cause ?? error }, "request failed");
}

function logRequest<S extends PipelineServices>(exchange: Exchange<S>, status: number): void {
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

function withCommonHeaders(answer: Answer, requestId: string, common: Headers): HttpResponseInit {
  return {
    status: answer.status,
    headers: {
      ...common,
      ...(requestId === "" ? {} : { "x-request-id": requestId }),
      ...answer.headers,
    },
    ...(answer.body === undefined ? {} : { body: answer.body as NonNullable<HttpResponseInit["body"]> }),
  };
}

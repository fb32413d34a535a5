import type { HttpRequest, HttpResponseInit } from "@azure/functions";
import type * as z from "zod";
import { AppError } from "../domain/errors.ts";
import type { Principal } from "../domain/user.ts";
import { admit, identifyCaller, mayBeginEarly, readmit } from "./admission.ts";
import { requireAllowedClient } from "./allowed-clients.ts";
import { type Answer, failureAnswer, type Headers, problemAnswer, toAnswer, withCommonHeaders } from "./answer.ts";
import { discardBody, isJsonRequest, readBytes, readJson, waitForBody } from "./body.ts";
import { clientAddress, decodedParams, requestIdOf, userAgentOf } from "./caller.ts";
import { commonHeaders } from "./common-headers.ts";
import { corsHeaders, preflightHeaders } from "./cors.ts";
import { type Exchange, logRequest, type PipelineServices } from "./exchange.ts";
import { eventStreamType, type IdempotentRequest, startIdempotent } from "./idempotency.ts";
import { toAppError, validationFailed } from "./problem.ts";
import { isReply, type Reply, reply } from "./reply.ts";
import type { RequestFacts, Route, UploadLimits } from "./route.ts";
import { readUpload, uploadDigest } from "./upload.ts";

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
    limitHeaders: {},
  };
  return span.run(() => answerExchange(exchange, routes));
}

async function answerExchange<S extends PipelineServices>(
  exchange: Exchange<S>,
  routes: readonly Route<S>[],
): Promise<HttpResponseInit> {
  const { services, request } = exchange;
  const style = routes[0]?.wireStyle ?? (isOpenAIPath(exchange.path) ? "openai" : "muse");
  const cors = corsHeaders(request.headers.get("origin"), services.allowedOrigins);
  let answer: Answer;
  try {
    answer = await dispatch(exchange, routes);
  } catch (thrown) {
    await discardBody(request);
    answer = failureAnswer(exchange, thrown, style);
  }
  if (!(answer.body instanceof ReadableStream)) logRequest(exchange, answer.status);
  return withCommonHeaders(answer, exchange.requestId, {
    ...commonHeaders(services),
    ...cors,
    ...exchange.limitHeaders,
  });
}

/** What does not exist behind the door for OpenAI's clients is told as they know it too. */
const isOpenAIPath = (path: string) => path.startsWith("/api/openai/");

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
  const { principal, ahead, params, query, body, text } = await admitAndRead(exchange, route);
  const idempotent = await startIfIdempotent(exchange, route, principal, text);
  if (idempotent?.response) {
    const { status, headers, body: savedBody } = idempotent.response;
    return { status, headers: { ...headers, "idempotency-replayed": "true" }, body: savedBody };
  }
  const facts = requestFacts(exchange, idempotent);
  try {
    const result = await route.handle(exchange.services, { params, query, body, principal, request: facts, ahead });
    const answer = await toAnswer(exchange, route, isReply(result) ? result : plainReply(route, result), idempotent);
    const replayed: Headers = idempotent?.outcome === "completed" ? { "idempotency-replayed": "true" } : {};
    return { ...answer, headers: { ...answer.headers, ...replayed } };
  } catch (error) {
    if (idempotent !== null && idempotent.outcome !== "completed") await giveUp(exchange, idempotent, error);
    throw error;
  }
}

/**
 * Lets the caller in and reads what they sent. Where the route has something to look up ahead, the three go side by side;
 * whatever comes of it, a caller who is refused is told only why.
 */
async function admitAndRead<S extends PipelineServices>(exchange: Exchange<S>, route: Route<S>) {
  const { services, request } = exchange;
  const identity = await identifyCaller(exchange, route);
  const admitting = admit(exchange, route, identity);
  const { ahead: lookUp } = route;
  if (lookUp === undefined || identity === null || !mayBeginEarly(exchange, route, identity)) await admitting;
  const reading = readInput(request, route);
  const ahead =
    lookUp === undefined || identity === null
      ? undefined
      : reading.then((input) => lookUp(services, { ...input, userId: identity.userId }));
  // Whoever waits for it hears of its failure; until then it is nobody's.
  ahead?.catch(() => undefined);
  try {
    const principal = await admitting;
    const admittedAt = performance.now();
    const input = await reading;
    const isLate = identity !== null && performance.now() - admittedAt > staleAdmissionMs;
    return { principal: isLate ? await readmit(exchange, identity) : principal, ...input, ahead };
  } catch (error) {
    // An answer in the middle of a body would reset the connection before it is seen.
    await waitForBody(reading);
    throw error;
  }
}

/** A body that came for longer than this after its caller was let in is looked at with new eyes. In ms. */
const staleAdmissionMs = 1_000;

interface RequestInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** Tells two requests with one idempotency key apart. */
  readonly text: string;
}

/** @throws AppError `validation_failed` and whatever else is wrong with what was sent */
async function readInput<S>(request: HttpRequest, route: Route<S>): Promise<RequestInput> {
  const params = parsePart("The path", route.params, decodedParams(request));
  const query = parsePart("The query", route.query, Object.fromEntries(new URL(request.url).searchParams));
  const { input, text, schema = route.body } = await readBody(request, route);
  return { params, query, body: parsePart("The body", schema, input), text };
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
  const { code, isDefinite } = toAppError(thrown);
  const isUncertain = (code === "internal" || code === "unavailable") && !isDefinite;
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
  const outcome = idempotent?.outcome;
  return {
    requestId,
    ipAddress: clientAddress(request),
    userAgent: userAgentOf(request),
    acceptsEvents: request.headers.get("accept")?.includes(eventStreamType) ?? false,
    ...(idempotent === null
      ? {}
      : {
          allotted: {
            id: idempotent.allottedId,
            isResumed: outcome !== "started",
            isAnswered: outcome === "completed",
          },
        }),
    header: (name) => request.headers.get(name),
  };
}

function plainReply<S>(route: Route<S>, result: unknown): Reply {
  return route.response === undefined ? reply({ kind: "empty" }) : reply({ kind: "json", body: result });
}

function parsePart(part: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw validationFailed(part, result.error);
  return result.data;
}

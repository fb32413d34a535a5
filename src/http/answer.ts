import type { HttpResponseInit } from "@azure/functions";
import { type AppError, errorCodes } from "../domain/errors.ts";
import { chunkStream } from "./chunk-stream.ts";
import { type Exchange, logFailure, logRequest, type PipelineServices } from "./exchange.ts";
import { eventStreamType, type IdempotentRequest, savedBodyLimit } from "./idempotency.ts";
import { createOpenAIEventFormat, openAIProblemHeaders, toOpenAIProblem } from "./openai-problem.ts";
import { problemHeaders, toAppError, toProblem } from "./problem.ts";
import { rateLimitHeadersOf } from "./rate-limit.ts";
import type { Reply } from "./reply.ts";
import type { Route, WireStyle } from "./route.ts";
import { createEventFormat, type EventFormat, eventStream } from "./sse.ts";

export type Headers = Record<string, string>;

/** What goes back, before the headers that every answer has. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>;
}

const jsonType = "application/json; charset=utf-8";
const problemType = "application/problem+json; charset=utf-8";

/** A handler's reply as it is sent; what an idempotency key keeps of it is kept. */
export async function toAnswer<S extends PipelineServices>(
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
  { events, after, isKept = false }: Extract<Reply, { kind: "events" }>,
  idempotent: IdempotentRequest | null,
): Answer {
  const { services, requestId } = exchange;
  const isFirst = idempotent !== null && idempotent.outcome !== "completed";
  const headers = {
    "content-type": `${eventStreamType}; charset=utf-8`,
    // Tells nginx-like proxies to pass events on as they come.
    "x-accel-buffering": "no",
    "cache-control": "no-store, no-transform",
  };
  const format = route.wireStyle === "openai" ? createOpenAIEventFormat() : createEventFormat(after ?? null);
  const kept = isFirst && isKept ? keepText(format) : null;
  return {
    status: 200,
    headers,
    body: eventStream({
      events,
      clock: services.clock,
      requestId,
      format: kept?.format ?? format,
      drainsAfterCancel: isFirst,
      onEnd: async ({ error }) => {
        if (error !== null) logFailure(exchange, error);
        logRequest(exchange, 200);
        if (!isFirst) return;
        // What failed and can be read from nowhere is not the answer: the next try makes it anew.
        if (kept !== null && error !== null) await idempotent.release();
        else await idempotent.complete({ status: 200, headers, body: kept?.text() ?? "" });
      },
    }),
  };
}

/** The same format, and all that was written in it; nothing once that is more than can be kept. */
function keepText(format: EventFormat): { readonly format: EventFormat; text(): string } {
  let text: string | null = "";
  const keep = (written: string) => {
    if (text !== null) text = text.length + written.length > savedBodyLimit ? null : text + written;
    return written;
  };
  return {
    format: { event: (event) => keep(format.event(event)), ending: (failure) => keep(format.ending(failure)) },
    text: () => text ?? "",
  };
}

/** A failure, foreseen or not, as a problem. */
export function failureAnswer<S extends PipelineServices>(
  exchange: Exchange<S>,
  thrown: unknown,
  style: WireStyle | undefined,
): Answer {
  const error = toAppError(thrown);
  logFailure(exchange, error);
  return problemAnswer(error, exchange.requestId, style);
}

export function problemAnswer(error: AppError, requestId: string, style: WireStyle = "muse"): Answer {
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

export function withCommonHeaders(answer: Answer, requestId: string, common: Headers): HttpResponseInit {
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

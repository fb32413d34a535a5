import { randomUUID } from "node:crypto";
import { Agent, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import type { HostOfFront } from "./front-messages.ts";
import type { HttpMatch } from "./http-functions.ts";
import { describeError } from "./invocations.ts";
import type { HttpCookie, HttpData, TypedData } from "./rpc-types.ts";

export const BODY_LIMIT_BYTES = 104_857_600;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly match: HttpMatch;
  readonly host: HostOfFront;
}

const NO_RESPONSE = "with HTTP streaming the client gets no response at all and waits for ever";

/**
 * The host keeps its connections to the library's proxy; a new one for every request would cost each a millisecond. The
 * proxy closes idle ones after 5 s (Node's default). The host lets go of them before, or a request would meet its end.
 */
const upstreamConnections = new Agent({ keepAlive: true, timeout: 3_000 });

/** Headers that belong to one connection, not to the message. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "expect"]);

/**
 * Streaming: the function's input is only a reference, and the request itself goes to the library's proxy, which answers
 * while the function runs. Faithful to the real worker in what it does not do: a handler that throws or returns nothing
 * leaves the client waiting, and a client that goes away is not noticed by the function.
 */
export async function exchangeByStream(exchange: Exchange, httpUri: URL): Promise<void> {
  const { request, response, match, host } = exchange;
  const { httpFunction, parameters } = match;
  const { name } = httpFunction;
  const invocationId = randomUUID();
  const headers = functionHeaders(request);
  const upstream = openRequest({
    host: httpUri.hostname,
    port: httpUri.port,
    method: request.method,
    path: request.url,
    agent: upstreamConnections,
    headers: {
      ...endToEnd(request.headers),
      "x-ms-invocation-id": invocationId,
      "x-forwarded-host": request.headers.host ?? "localhost",
      "x-forwarded-proto": "http",
    },
  });
  upstream.on("response", (answer) => relay(answer, response));
  upstream.on("error", (error) => {
    if (response.destroyed || response.headersSent) return;
    host.log("error", `${name}: the library's HTTP proxy failed: ${describeError(error)}`);
    response.destroy();
  });
  forwardBody(request, response, upstream);

  const triggerMetadata: Record<string, TypedData> = { Headers: { json: JSON.stringify(headers) } };
  for (const [key, value] of Object.entries(parameters)) triggerMetadata[key] = { string: value };
  const input = [{ name: httpFunction.triggerName, data: { http: {} } }];
  const end = await host.invoke(name, { inputData: input, triggerMetadata }, invocationId);
  if (!("failure" in end)) {
    if (end.hasResult) return;
    host.log("error", `${name} returned nothing: ${NO_RESPONSE}`);
  } else if (request.complete) {
    // A client that left in the middle of its upload, or whose body was refused, waits for nothing.
    const consequence = response.headersSent ? "the client waits for the rest of the response" : NO_RESPONSE;
    host.log("error", `${name} failed: ${end.failure}: ${consequence}`);
  }
  // Nothing will come from here: the upstream connection lasts as long as the client's patience.
  if (response.closed) upstream.destroy();
  else response.once("close", () => upstream.destroy());
}

/** Without streaming the whole request goes in and the whole response comes out. */
export async function exchangeWhole(exchange: Exchange): Promise<void> {
  const { request, response, match, host } = exchange;
  const { httpFunction, parameters } = match;
  const body = await readBody(request);
  if (body === undefined) return refuseLargeBody(request, response);
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
  const query: Record<string, string> = {};
  // A repeated name arrives as one value, joined by a comma.
  for (const key of url.searchParams.keys()) query[key] = url.searchParams.getAll(key).join(",");
  const http: HttpData = {
    method: request.method ?? "GET",
    url: url.href,
    headers: functionHeaders(request),
    params: parameters,
    query,
    // A body without a length is lost on the way.
    body: request.headers["content-length"] === undefined ? null : { bytes: body },
  };
  const input = [{ name: httpFunction.triggerName, data: { http } }];
  const end = await host.invoke(httpFunction.name, { inputData: input, triggerMetadata: {} }, randomUUID());
  if (!("failure" in end)) return writeWhole(end.http, response);
  host.log("error", `${httpFunction.name} failed: ${end.failure}`);
  response.writeHead(500).end();
}

function endToEnd(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

/** What the function sees: one value a name, and the client's address and port last in x-forwarded-for, as on Azure. */
function functionHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    headers[name] = (values ?? []).join(name === "cookie" ? "; " : ",");
  }
  const { remoteAddress, remotePort } = request.socket;
  const client = remoteAddress?.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
  headers["x-forwarded-for"] = headers["x-forwarded-for"] ? `${headers["x-forwarded-for"]}, ${client}` : client;
  headers["x-forwarded-proto"] ??= "http";
  return headers;
}

function relay(answer: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) {
    answer.resume();
    return;
  }
  const headers: string[] = [];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    const [name = "", value = ""] = answer.rawHeaders.slice(index, index + 2);
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, value);
  }
  response.writeHead(answer.statusCode ?? 200, headers);
  response.flushHeaders();
  answer.pipe(response);
  answer.once("error", () => response.destroy());
  // The function goes on whether or not anybody reads: what it still writes is thrown away.
  response.once("close", () => answer.unpipe(response).resume());
}

function forwardBody(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: ReturnType<typeof openRequest>,
): void {
  let received = 0;
  request.on("data", (chunk: Buffer) => {
    const isOver = received > BODY_LIMIT_BYTES;
    received += chunk.length;
    if (isOver || received <= BODY_LIMIT_BYTES) return;
    request.unpipe(upstream);
    if (!response.headersSent) refuseLargeBody(request, response);
    upstream.destroy();
  });
  // Half an upload is no request. A client that leaves after its whole request stops nothing.
  const giveUp = () => request.complete || upstream.destroy();
  request.once("error", giveUp);
  request.once("close", giveUp);
  request.pipe(upstream);
}

/** Answers 413, then goes on reading for a while: a client that is still sending would otherwise never see the answer. */
export function refuseLargeBody(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(413, { connection: "close", "content-length": "0" });
  response.flushHeaders();
  const end = () => response.end();
  const timer = setTimeout(end, 5000);
  response.once("close", () => clearTimeout(timer));
  request.once("end", end);
  request.resume();
}

/** The whole body, or undefined as soon as it is too large. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    request.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received <= BODY_LIMIT_BYTES) chunks.push(chunk);
      else resolve(undefined);
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}

function writeWhole(answer: HttpData | undefined, response: ServerResponse): void {
  if (answer === undefined) {
    response.writeHead(204).end();
    return;
  }
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (!HOP_BY_HOP.has(name)) response.setHeader(name, value);
  }
  if (answer.cookies?.length) response.setHeader("set-cookie", answer.cookies.map(serializeCookie));
  const { bytes, string } = answer.body ?? {};
  response.writeHead(Number(answer.statusCode ?? 200)).end(bytes ?? string);
}

/** The worker's names: "none" is no attribute at all. */
const SAME_SITE: Readonly<Record<string, string>> = {
  lax: "SameSite=Lax",
  strict: "SameSite=Strict",
  explicitNone: "SameSite=None",
};

function serializeCookie(cookie: HttpCookie): string {
  const expires = cookie.expires?.value?.seconds;
  return [
    `${cookie.name}=${encodeURIComponent(cookie.value ?? "")}`,
    cookie.maxAge?.value === undefined ? "" : `Max-Age=${cookie.maxAge.value}`,
    cookie.domain?.value ? `Domain=${cookie.domain.value}` : "",
    cookie.path?.value ? `Path=${cookie.path.value}` : "",
    expires === undefined ? "" : `Expires=${new Date(expires * 1000).toUTCString()}`,
    cookie.httpOnly?.value ? "HttpOnly" : "",
    cookie.secure?.value ? "Secure" : "",
    SAME_SITE[cookie.sameSite ?? "none"] ?? "",
  ]
    .filter(Boolean)
    .join("; ");
}

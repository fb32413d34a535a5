import { ApiError, problemOf, unreachable } from "./problem.ts";
import { accessToken } from "./session.ts";
import { readEvents, type ServerEvent } from "./sse.ts";

const requestTimeoutMs = 30_000;

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly lastEventId?: string | null;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** The address of a route of the API, as this page reaches it. */
export const addressOf = (path: string): string => `/api/v1${path}`;

/** Parameters as the query of an address; those that are null are left out. */
export function query(parameters: Readonly<Record<string, string | number | null | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? "" : `?${search}`;
}

async function attempt(path: string, call: Call, token: string | null): Promise<Response> {
  const headers = new Headers({ accept: call.accept ?? "application/json" });
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  if (call.body !== undefined) headers.set("content-type", "application/json");
  if (call.idempotencyKey !== undefined) headers.set("idempotency-key", call.idempotencyKey);
  if (call.lastEventId !== undefined && call.lastEventId !== null) headers.set("last-event-id", call.lastEventId);
  try {
    return await fetch(addressOf(path), {
      method: call.method ?? "GET",
      headers,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  } catch {
    throw new ApiError(unreachable);
  }
}

/**
 * Sends with a valid token, renewing it once where the server refuses it.
 * @throws ApiError for every answer that is not a success
 */
export async function send(path: string, call: Call = {}): Promise<Response> {
  const token = await accessToken();
  let response = await attempt(path, call, token);
  if (response.status === 401) response = await attempt(path, call, await accessToken(token));
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

async function bodyOf<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  return (await response.json().catch(() => {
    throw new ApiError(unreachable);
  })) as T;
}

function limited(call: Call): Call {
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  return { ...call, signal: call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]) };
}

/** Sends and reads the answer's JSON. @throws ApiError */
export async function json<T>(path: string, call: Call = {}): Promise<T> {
  return bodyOf<T>(await send(path, limited(call)));
}

/** The same without an account. @throws ApiError */
export async function publicJson<T>(path: string, call: Call = {}): Promise<T> {
  const response = await attempt(path, limited(call), null);
  if (!response.ok) throw new ApiError(await problemOf(response));
  return bodyOf<T>(response);
}

/** Sends and reads server-sent events. @throws ApiError when it is refused; the events throw when the connection breaks */
export async function events(path: string, call: Call = {}): Promise<AsyncGenerator<ServerEvent>> {
  const response = await send(path, { ...call, accept: "text/event-stream" });
  return response.body === null ? noEvents() : readEvents(response.body);
}

async function* noEvents(): AsyncGenerator<ServerEvent> {}

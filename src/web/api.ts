import type {
  ConversationJson,
  CreditsJson,
  GenerationJson,
  MessageJson,
  ModelsJson,
  Page,
  PictureRequest,
  UserJson,
} from "./api-types.ts";
import { ApiError, problemOf, unreachable } from "./problem.ts";
import { accessToken } from "./session.ts";
import { readEvents, type ServerEvent } from "./sse.ts";

const requestTimeoutMs = 30_000;

interface Call {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

async function attempt(path: string, call: Call, token: string): Promise<Response> {
  const headers = new Headers({ authorization: `Bearer ${token}`, accept: call.accept ?? "application/json" });
  if (call.body !== undefined) headers.set("content-type", "application/json");
  if (call.idempotencyKey !== undefined) headers.set("idempotency-key", call.idempotencyKey);
  try {
    return await fetch(`/api/v1${path}`, {
      method: call.method ?? "GET",
      headers,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  } catch {
    throw new ApiError(unreachable);
  }
}

/** Sends with a valid token, renewing it once where the server refuses it. */
async function send(path: string, call: Call): Promise<Response> {
  const token = await accessToken();
  let response = await attempt(path, call, token);
  if (response.status === 401) response = await attempt(path, call, await accessToken(token));
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

async function json<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path, { ...call, signal: AbortSignal.timeout(requestTimeoutMs) });
  if (response.status === 204) return undefined as T;
  return (await response.json().catch(() => {
    throw new ApiError(unreachable);
  })) as T;
}

function query(parameters: Readonly<Record<string, string | number | null | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? "" : `?${search}`;
}

const idOf = encodeURIComponent;

export const getUser = () => json<UserJson>("/users/me");
export const getCredits = () => json<CreditsJson>("/users/me/credits");
export const getModels = () => json<ModelsJson>("/models");

export const listConversations = (status: "active" | "archived", cursor: string | null) =>
  json<Page<ConversationJson>>(`/conversations${query({ status, limit: 30, cursor })}`);
export const getConversation = (id: string) => json<ConversationJson>(`/conversations/${idOf(id)}`);
export const createConversation = (title: string) =>
  json<ConversationJson>("/conversations", { method: "POST", body: { title } });
export const updateConversation = (id: string, body: { title?: string; status?: "active" | "archived" }) =>
  json<ConversationJson>(`/conversations/${idOf(id)}`, { method: "PATCH", body });
export const deleteConversation = (id: string) => json<void>(`/conversations/${idOf(id)}`, { method: "DELETE" });
export const restoreConversation = (id: string) =>
  json<ConversationJson>(`/conversations/${idOf(id)}/restore`, { method: "POST" });

export const listMessages = (conversationId: string, cursor: string | null) =>
  json<Page<MessageJson>>(`/conversations/${idOf(conversationId)}/messages${query({ limit: 100, cursor })}`);
export const stopMessage = (id: string) => json<unknown>(`/messages/${idOf(id)}/stop`, { method: "POST" });

export const submitGeneration = (body: PictureRequest & { conversation_id: string }, idempotencyKey: string) =>
  json<GenerationJson>("/generations", { method: "POST", body, idempotencyKey });
export const getGeneration = (id: string) => json<GenerationJson>(`/generations/${idOf(id)}`);
export const listGenerations = (status: GenerationJson["status"]) =>
  json<Page<GenerationJson>>(`/generations${query({ status, limit: 50 })}`);
export const cancelGeneration = (id: string) =>
  json<GenerationJson>(`/generations/${idOf(id)}/cancel`, { method: "POST" });

async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  if (response.body !== null) yield* readEvents(response.body);
}

/**
 * Starts a turn: in a conversation, or in a new one where `conversationId` is null.
 * @throws ApiError when it is refused; the events throw when the connection breaks
 */
export async function openTurn(
  conversationId: string | null,
  content: string,
  idempotencyKey: string,
): Promise<AsyncGenerator<ServerEvent>> {
  const path = conversationId === null ? "/chat" : `/conversations/${idOf(conversationId)}/messages`;
  const body = { content, stream: true };
  return eventsOf(await send(path, { method: "POST", body, idempotencyKey, accept: "text/event-stream" }));
}

/** Follows a generation until `signal` aborts or it ends. */
export async function openGeneration(id: string, signal: AbortSignal): Promise<AsyncGenerator<ServerEvent>> {
  return eventsOf(await send(`/generations/${idOf(id)}/events`, { accept: "text/event-stream", signal }));
}

import type {
  ConversationJson,
  CreditsJson,
  FileJson,
  GenerationJson,
  MemoryJson,
  MessageJson,
  ModelsJson,
  Page,
  PictureRequest,
  SearchResultJson,
  SearchScope,
  SettingsJson,
  SharedConversationJson,
  ShareJson,
  UserChanges,
  UserJson,
} from "./api-types.ts";
import { events, json, publicJson, query, send } from "./request.ts";

const idOf = encodeURIComponent;

export const getUser = () => json<UserJson>("/users/me");
export const updateUser = (body: UserChanges) => json<UserJson>("/users/me", { method: "PATCH", body });
export const getCredits = () => json<CreditsJson>("/users/me/credits");
export const getModels = () => json<ModelsJson>("/models");

export const listConversations = (status: "active" | "archived", cursor: string | null) =>
  json<Page<ConversationJson>>(`/conversations${query({ status, limit: 30, cursor })}`);
export const getConversation = (id: string) => json<ConversationJson>(`/conversations/${idOf(id)}`);
export const createConversation = (body: { title: string; model?: string }) =>
  json<ConversationJson>("/conversations", { method: "POST", body });
export const updateConversation = (
  id: string,
  body: { title?: string; status?: "active" | "archived"; model?: string },
) => json<ConversationJson>(`/conversations/${idOf(id)}`, { method: "PATCH", body });
export const deleteConversation = (id: string) => json<void>(`/conversations/${idOf(id)}`, { method: "DELETE" });
export const restoreConversation = (id: string) =>
  json<ConversationJson>(`/conversations/${idOf(id)}/restore`, { method: "POST" });
export const exportConversation = (id: string, format: "json" | "markdown") =>
  send(`/conversations/${idOf(id)}/export${query({ format })}`);

export const shareConversation = (id: string) =>
  json<ShareJson>(`/conversations/${idOf(id)}/share`, { method: "POST" });
export const unshareConversation = (id: string) => json<void>(`/conversations/${idOf(id)}/share`, { method: "DELETE" });
export const getShared = (token: string, cursor: string | null) =>
  publicJson<SharedConversationJson>(`/shared/${idOf(token)}${query({ limit: 100, cursor })}`);

export const listMessages = (conversationId: string, cursor: string | null) =>
  json<Page<MessageJson>>(`/conversations/${idOf(conversationId)}/messages${query({ limit: 100, cursor })}`);
export const stopMessage = (id: string) => json<unknown>(`/messages/${idOf(id)}/stop`, { method: "POST" });
export const listVersions = (id: string) => json<Page<MessageJson>>(`/messages/${idOf(id)}/versions`);
export const activateMessage = (id: string) => json<MessageJson>(`/messages/${idOf(id)}/active`, { method: "PUT" });
export const giveFeedback = (id: string, body: { rating: "positive" | "negative" | null; comment?: string }) =>
  json<MessageJson>(`/messages/${idOf(id)}/feedback`, { method: "PUT", body });

export const search = (q: string, scope: SearchScope, signal: AbortSignal) =>
  json<Page<SearchResultJson>>(`/search${query({ q, scope, limit: 20 })}`, { signal });

export const getFile = (id: string) => json<FileJson>(`/files/${idOf(id)}`);
export const getFileContent = (id: string) => send(`/files/${idOf(id)}/content`);
export const deleteFile = (id: string) => json<void>(`/files/${idOf(id)}`, { method: "DELETE" });

export const listMemories = (q: string | null, cursor: string | null) =>
  json<Page<MemoryJson>>(`/memories${query({ q, limit: 50, cursor })}`);
export const createMemory = (content: string) => json<MemoryJson>("/memories", { method: "POST", body: { content } });
export const updateMemory = (id: string, content: string) =>
  json<MemoryJson>(`/memories/${idOf(id)}`, { method: "PATCH", body: { content } });
export const deleteMemory = (id: string) => json<void>(`/memories/${idOf(id)}`, { method: "DELETE" });

export const getSettings = () => json<SettingsJson>("/users/me/settings");
export const updateSettings = (body: { memory_enabled: boolean }) =>
  json<SettingsJson>("/users/me/settings", { method: "PUT", body });

export const submitGeneration = (body: PictureRequest & { conversation_id: string }, idempotencyKey: string) =>
  json<GenerationJson>("/generations", { method: "POST", body, idempotencyKey });
export const getGeneration = (id: string) => json<GenerationJson>(`/generations/${idOf(id)}`);
export const listGenerations = (status: GenerationJson["status"]) =>
  json<Page<GenerationJson>>(`/generations${query({ status, limit: 50 })}`);
export const cancelGeneration = (id: string) =>
  json<GenerationJson>(`/generations/${idOf(id)}/cancel`, { method: "POST" });

/** What a turn is begun with. */
export interface TurnRequest {
  readonly content: string;
  readonly files?: readonly string[];
  readonly model?: string;
}

/**
 * Starts a turn: in a conversation, or in a new one where `conversationId` is null.
 * @throws ApiError when it is refused; the events throw when the connection breaks
 */
export const openTurn = (conversationId: string | null, request: TurnRequest, idempotencyKey: string) =>
  events(conversationId === null ? "/chat" : `/conversations/${idOf(conversationId)}/messages`, {
    method: "POST",
    body: { ...request, stream: true },
    idempotencyKey,
  });

/** Makes a new version of one's own message, which is answered anew. Throws as `openTurn` does. */
export const openEdit = (messageId: string, content: string) =>
  events(`/messages/${idOf(messageId)}`, { method: "PATCH", body: { content, stream: true } });

/** Makes a new version of an answer. Throws as `openTurn` does. */
export const openRegeneration = (messageId: string, idempotencyKey: string) =>
  events(`/messages/${idOf(messageId)}/regenerate`, { method: "POST", body: { stream: true }, idempotencyKey });

/** Goes on with the stream of an answer after the event with this id; from its beginning where there is none. */
export const resumeStream = (messageId: string, lastEventId: string | null) =>
  events(`/messages/${idOf(messageId)}/stream`, { lastEventId });

/** Follows a generation until `signal` aborts or it ends. */
export const openGeneration = (id: string, signal: AbortSignal) =>
  events(`/generations/${idOf(id)}/events`, { signal });

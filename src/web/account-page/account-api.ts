import type {
  ApiKeyJson,
  CreatedApiKeyJson,
  Page,
  SessionJson,
  SignedInJson,
  SignInProvidersJson,
  UserJson,
} from "../api-types.ts";
import { json, publicJson, send } from "../request.ts";

const idOf = encodeURIComponent;
const post = (body: unknown) => ({ method: "POST", body }) as const;

/** Sent with the guest's token, so that the guest becomes the account and keeps everything. */
export const register = (body: { email: string; password: string }) => json<SignedInJson>("/auth/register", post(body));
export const logIn = (body: { email: string; password: string }) => publicJson<SignedInJson>("/auth/login", post(body));

export const listProviders = () => publicJson<SignInProvidersJson>("/auth/providers");
/** As who one is: a guest becomes the account. */
export const startSignIn = (provider: string) => json<{ url: string }>(`/auth/${idOf(provider)}/start`, post({}));
export const unlinkProvider = (provider: string) =>
  json<void>(`/users/me/linked-providers/${idOf(provider)}`, { method: "DELETE" });
export const exchangeCode = (code: string) => publicJson<SignedInJson>("/auth/oauth/exchange", post({ code }));

export const requestVerification = () => json<unknown>("/auth/verify-email/request", post({}));
export const confirmEmail = (token: string) => json<{ user: UserJson }>("/auth/verify-email/confirm", post({ token }));
export const requestReset = (email: string) => publicJson<unknown>("/auth/password-reset/request", post({ email }));
export const resetPassword = (body: { token: string; password: string }) =>
  publicJson<void>("/auth/password-reset/confirm", post(body));
export const changePassword = (body: { current_password: string; new_password: string }) =>
  json<void>("/users/me/password", post(body));
export const changeEmail = (body: { email: string; current_password?: string }) =>
  json<{ detail: string }>("/users/me/email", post(body));

export const listSessions = () => json<{ data: readonly SessionJson[] }>("/users/me/sessions");
export const endSession = (id: string) => json<void>(`/users/me/sessions/${idOf(id)}`, { method: "DELETE" });
export const endOtherSessions = () => json<void>("/users/me/sessions", { method: "DELETE" });

export const listApiKeys = () => json<Page<ApiKeyJson>>("/users/me/api-keys?limit=100");
export const createApiKey = (body: { name: string }) => json<CreatedApiKeyJson>("/users/me/api-keys", post(body));
export const deleteApiKey = (id: string) => json<void>(`/users/me/api-keys/${idOf(id)}`, { method: "DELETE" });

/** @throws ApiError */
export const exportAccount = async (): Promise<Blob> =>
  (await send("/users/me/export", { accept: "application/zip" })).blob();
export const eraseAccount = () => json<unknown>("/users/me", { method: "DELETE" });

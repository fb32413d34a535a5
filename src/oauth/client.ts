import type { Configuration } from "openid-client";
import { AppError } from "../domain/errors.ts";

export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the provider sends the browser back to; registered there. */
  readonly callbackUrl: string;
  /** Address of the provider, without a slash at its end. */
  readonly baseUrl: string;
}

/** Seconds that a provider may take for one answer. */
export const timeoutSeconds = 10;

/** Answers that a callback may carry; the rest of its query is the provider's own business. */
const answerFields = ["code", "state", "iss", "error", "error_description"];

/** A stand-in on the loopback address speaks HTTP; a provider never does. */
export function isPlain(baseUrl: string): boolean {
  return baseUrl.startsWith("http://");
}

/** The address of the callback with what the provider answered; the library takes its `redirect_uri` from it. */
export function answerUrl(callbackUrl: string, answer: URLSearchParams): URL {
  const url = new URL(callbackUrl);
  for (const field of answerFields) {
    const value = answer.get(field);
    if (value !== null) url.searchParams.set(field, value);
  }
  return url;
}

/** The first success is kept; a failure is forgotten, so that the next sign-in tries again. */
export function kept(create: () => Promise<Configuration>): () => Promise<Configuration> {
  let made: Promise<Configuration> | undefined;
  return () => {
    made ??= create().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

interface OAuthError extends Error {
  readonly code?: string;
  /** RFC 6749's code of an error answer. */
  readonly error?: string;
  readonly status?: number;
}

const timeouts: ReadonlySet<string> = new Set(["OAUTH_TIMEOUT", "OAUTH_ABORT"]);
/** The provider did not answer as the protocol has it: its failure, not the caller's. */
const failures: ReadonlySet<string> = new Set([
  "OAUTH_RESPONSE_IS_NOT_CONFORM",
  "OAUTH_RESPONSE_IS_NOT_JSON",
  "OAUTH_PARSE_ERROR",
]);

/** Any error of the library as the problem that is told. The library's own words stay in `cause`. */
export function signInFailure(thrown: unknown): AppError {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as OAuthError;
  const code = error.code ?? "";
  if (code === "OAUTH_AUTHORIZATION_RESPONSE_ERROR") {
    const reason = /^[a-z_]{1,60}$/.exec(error.error ?? "")?.[0] ?? "error";
    return new AppError("forbidden", { detail: `The provider did not sign you in: ${reason}.`, cause: thrown });
  }
  if (timeouts.has(code)) {
    return new AppError("provider_timeout", { detail: "The sign-in provider took too long.", cause: thrown });
  }
  const isTheirs =
    error instanceof TypeError || failures.has(code) || (error.status !== undefined && error.status >= 500);
  if (isTheirs) return new AppError("provider_failed", { detail: "The sign-in provider failed.", cause: thrown });
  return new AppError("invalid_credentials", {
    detail: "What the sign-in provider sent is not valid, or was used already. Begin again.",
    cause: thrown,
  });
}

import { type AppError, isAppError } from "../../domain/errors.ts";
import { failureOfStatus, readRetryAfter, timedOut, unreachable, unreadable } from "../failures.ts";

/** The failures of the official client by kind. */
export async function toProviderError(provider: string, error: unknown): Promise<AppError> {
  if (isAppError(error)) return error;
  const { APIConnectionTimeoutError, APIConnectionError, APIError } = await import("openai");
  if (error instanceof APIConnectionTimeoutError) return timedOut(provider, error);
  if (error instanceof APIConnectionError) return unreachable(provider, error);
  if (!(error instanceof APIError)) return unreadable(provider, error);
  // Without a status it is an event of failure inside of a stream.
  return failureOfStatus(provider, error.status ?? 500, {
    retryAfterSeconds: readRetryAfter(error.headers?.get("retry-after"), new Date()),
    cause: error,
  });
}

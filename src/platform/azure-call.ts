import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../domain/errors.ts";

/** What the Azure SDK's errors carry, as far as it is read here. */
interface AzureError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
}

const maxTries = 3;
const firstPauseMs = 200;

function asAzureError(error: unknown): AzureError | null {
  return error instanceof Error ? (error as AzureError) : null;
}

/** Whether the service answered 404 with one of these codes (any 404 without codes). */
export function isMissing(error: unknown, ...codes: readonly string[]): boolean {
  const azureError = asAzureError(error);
  if (azureError?.statusCode !== 404) return false;
  return codes.length === 0 || codes.includes(azureError.code ?? "");
}

/** No answer, a time-out, throttling and the service's own errors may pass; a refusal (403, 404, 409 …) does not. */
function mayPass(error: unknown): boolean {
  const status = asAzureError(error)?.statusCode;
  return status === undefined || status === 408 || status === 429 || status >= 500;
}

/**
 * Runs one call of a storage service that may be repeated, up to three times.
 * Each try has its own time-out, which the SDK's own retries do not have: a connection that hangs is given up.
 * @param tryMs time-out of one try
 */
export async function callAzure<R>(tryMs: number, call: (signal: AbortSignal) => Promise<R>): Promise<R> {
  for (let number = 1; ; number += 1) {
    try {
      return await call(AbortSignal.timeout(tryMs));
    } catch (error) {
      if (number === maxTries || !mayPass(error)) throw error;
    }
    await delay(firstPauseMs * 2 ** (number - 1));
  }
}

/** What is told of the SDK's error: the whole of it carries the request with its authorization header. */
function briefly(error: unknown): Error {
  const azureError = asAzureError(error);
  return new Error([azureError?.name, azureError?.code, azureError?.statusCode].filter(Boolean).join(" "));
}

/**
 * The `unavailable` that stands for any failure of a storage service.
 * @param service as "file storage", for the caller's sentence
 */
export function serviceUnavailable(service: string, error: unknown): AppError {
  return new AppError("unavailable", {
    detail: `The ${service} does not answer at the moment.`,
    retryAfterSeconds: 5,
    isRetryable: true,
    cause: briefly(error),
  });
}

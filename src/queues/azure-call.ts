import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../domain/errors.ts";

/** What the Azure SDK's errors carry, as far as it is read here. */
interface AzureError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
}

const maxTries = 3;
const firstPauseMs = 200;
/** Time-out of one try, in ms. The SDK's own retries have none, so that a connection that hangs would hang the caller. */
const tryMs = 5_000;

function statusOf(error: unknown): number | undefined {
  return error instanceof Error ? (error as AzureError).statusCode : undefined;
}

/** Whether the service answered 404: there is no such queue. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** No answer, a time-out, throttling and the service's own errors may pass; a refusal does not. */
function mayPass(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status === 408 || status === 429 || status >= 500;
}

/** Runs one call of the queue service, up to three times, each try with its own time-out. */
export async function callAzure<R>(call: (signal: AbortSignal) => Promise<R>): Promise<R> {
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
  const azureError = error instanceof Error ? (error as AzureError) : undefined;
  return new Error([azureError?.name, azureError?.code, azureError?.statusCode].filter(Boolean).join(" "));
}

/** The `unavailable` that stands for any failure of the queue service. */
export function queueUnavailable(error: unknown): AppError {
  return new AppError("unavailable", {
    detail: "The job queue does not answer at the moment.",
    retryAfterSeconds: 5,
    isRetryable: true,
    cause: briefly(error),
  });
}

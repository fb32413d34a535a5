import { AppError, isAppError } from "../domain/errors.ts";

/** What goes wrong with a provider, in the words and codes of Muse. A provider's own words go no further than the log. */

export function unreachable(provider: string, cause: unknown): AppError {
  return new AppError("provider_failed", { detail: `${provider} could not be reached.`, isRetryable: true, cause });
}

export function timedOut(provider: string, cause?: unknown): AppError {
  return new AppError("provider_timeout", { detail: `${provider} did not answer in time.`, isRetryable: true, cause });
}

/** The caller did not want to wait any longer: no fault of the provider. */
export function givenUp(provider: string, signal: AbortSignal): AppError {
  return new AppError("provider_timeout", {
    detail: `The call was given up before ${provider} answered.`,
    isRetryable: true,
    cause: signal.reason,
  });
}

export function unreadable(provider: string, cause?: unknown): AppError {
  return new AppError("provider_failed", {
    detail: `${provider} sent an answer that could not be read.`,
    isRetryable: true,
    cause,
  });
}

/** An HTTP answer that says no, as the cause of a failure. Its text is for the log. */
export class RefusedStatus extends Error {
  readonly status: number;

  constructor(status: number, text = "") {
    super(`status ${status}${text === "" ? "" : `: ${text}`}`);
    this.status = status;
  }
}

/** The HTTP status behind a failure, where there is one. */
export function statusOf(error: unknown): number | undefined {
  return isAppError(error) && error.cause instanceof RefusedStatus ? error.cause.status : undefined;
}

/** Seconds to wait after a 429 that does not say how long. */
const defaultRetrySeconds = 5;

/** The failure that an HTTP status from 400 stands for. */
export function failureOfStatus(
  provider: string,
  status: number,
  options: { retryAfterSeconds?: number | undefined; cause?: unknown } = {},
): AppError {
  const { retryAfterSeconds, cause } = options;
  if (status === 429) {
    return new AppError("provider_failed", {
      detail: `${provider} is over its own limit.`,
      isRetryable: true,
      retryAfterSeconds: retryAfterSeconds ?? defaultRetrySeconds,
      cause,
    });
  }
  if (status === 408 || status === 504) return timedOut(provider, cause);
  if (status >= 500) {
    return new AppError("provider_failed", {
      detail: `${provider} failed.`,
      isRetryable: true,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      cause,
    });
  }
  return new AppError("provider_failed", { detail: `${provider} refused the request.`, cause });
}

/** More is not waited for, whatever the provider says. In seconds. */
const longestRetrySeconds = 300;

/** `Retry-After` as RFC 9110 has it: seconds, or a date. Undefined when it is neither. */
export function readRetryAfter(header: string | null | undefined, now: Date): number | undefined {
  if (header === null || header === undefined || header.trim() === "") return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : (Date.parse(header) - now.getTime()) / 1_000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(longestRetrySeconds, Math.max(0, Math.ceil(seconds)));
}

/** Whether an error is the end of a time-out, as `AbortSignal.timeout` or a socket tells it. */
export function isTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  return (
    error.name === "TimeoutError" ||
    code === "ETIMEDOUT" ||
    code === "ECONNABORTED" ||
    code === "UND_ERR_HEADERS_TIMEOUT" ||
    code === "UND_ERR_BODY_TIMEOUT" ||
    code === "UND_ERR_CONNECT_TIMEOUT" ||
    (error.cause !== undefined && error.cause !== error && isTimeout(error.cause))
  );
}

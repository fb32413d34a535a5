import { AppError } from "../../domain/errors.ts";
import type { Prediction } from "../../ports/providers.ts";
import type { FailureKind } from "./directives.ts";

/** The error of a failure that a provider reports in place of an answer. */
export function failureError(kind: Exclude<FailureKind, "content_filter">): AppError {
  switch (kind) {
    case "429":
      return new AppError("provider_failed", {
        detail: "The simulated provider is receiving too many requests.",
        isRetryable: true,
        retryAfterSeconds: 1,
      });
    case "500":
      return new AppError("provider_failed", { detail: "The simulated provider had an error.", isRetryable: true });
    case "timeout":
      return new AppError("provider_timeout", {
        detail: "The simulated provider did not answer in time.",
        isRetryable: true,
      });
    case "garbage":
      return new AppError("provider_failed", {
        detail: "The simulated provider sent an answer that could not be read.",
      });
  }
}

/** The error of a provider that breaks down in mid-stream. Trying again would send the same beginning twice. */
export function breakdownError(): AppError {
  return new AppError("provider_failed", { detail: "The simulated provider broke down before it was done." });
}

/** The error of a call that its caller gave up. */
export function givenUpError(signal: AbortSignal): AppError {
  return new AppError("provider_timeout", {
    detail: "The call was given up before the simulated provider answered.",
    isRetryable: true,
    cause: signal.reason,
  });
}

/** A job's failure of its own, which trying again would only repeat. */
export function predictionError(kind: "content_filter" | "garbage" | "breakdown"): Prediction["error"] & object {
  if (kind === "content_filter") {
    return {
      code: "content_filter",
      message: "The simulated provider's content filter refused the prompt.",
      isRetryable: false,
    };
  }
  const error = kind === "garbage" ? failureError("garbage") : breakdownError();
  return { code: "provider_failed", message: error.message, isRetryable: false };
}

import { AppError } from "../../domain/errors.ts";
import type { Prediction } from "../../ports/providers.ts";

/** The job is not this worker's any more: cancelled, or taken over after its lease lapsed. */
export class LeaseLost extends Error {}

/** This invocation's time is up; the provider goes on, and another invocation with it. */
export class HandOver extends Error {}

/** A job's end in failure, with the code that its document keeps. */
export class JobFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The provider's job itself failed: asking after it again would tell the same, so another try makes a new one. */
export class PredictionFailed extends Error {
  readonly failure: AppError;

  constructor(failure: AppError) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What a prediction that ended without pictures means for its job. */
export function predictionFailure({ error }: Prediction): Error {
  if (error === undefined) {
    return new PredictionFailed(new AppError("provider_failed", { detail: "The provider gave the job up." }));
  }
  if (error.code === "content_filter") return new JobFailure(error.code, error.message);
  return new PredictionFailed(new AppError(error.code, { detail: error.message, isRetryable: error.isRetryable }));
}

/** Every error code that leaves Muse, with its HTTP status and title (RFC 9457 `title`: the same for every occurrence). */
export const errorCodes = {
  malformed_json: { status: 400, title: "The body is not valid JSON" },
  validation_failed: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "Authentication is required" },
  invalid_credentials: { status: 401, title: "The credentials are not valid" },
  insufficient_credits: { status: 402, title: "Not enough credits" },
  forbidden: { status: 403, title: "Not yours to use" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  conflict: { status: 409, title: "Conflict with the current state" },
  gone: { status: 410, title: "No longer available" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  unprocessable: { status: 422, title: "The request cannot be carried out" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong on our side" },
  provider_failed: { status: 502, title: "The model provider failed" },
  unavailable: { status: 503, title: "Temporarily unavailable" },
  provider_timeout: { status: 504, title: "The model provider took too long" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** One thing that is wrong with the input; `path` is dotted, as `metadata.temperature` or `images.0`. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export interface AppErrorOptions {
  /** One sentence for the caller. Never a driver's message, a secret or a stack. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly cause?: unknown;
  /** Seconds after which trying again makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Whether the same call may succeed later. Adapters set it; the job queue retries only these. */
  readonly isRetryable?: boolean;
  /** Set where an `unavailable` surely left nothing behind that a second try would go on with. */
  readonly isDefinite?: boolean;
  /** Methods that the path does answer, for `method_not_allowed`. */
  readonly allow?: readonly string[];
}

/** An expected failure with a code of the closed table. Anything else that is thrown is reported as `internal`. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly isRetryable: boolean;
  readonly isDefinite: boolean;
  readonly allow: readonly string[] | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.detail ?? errorCodes[code].title, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.isRetryable = options.isRetryable ?? false;
    this.isDefinite = options.isDefinite ?? false;
    this.allow = options.allow;
  }
}

/**
 * Tells an AppError by its shape, not by its class: the simulated providers are a bundle of their own, with their own
 * copy of the class, so `instanceof` would miss their errors.
 */
export function isAppError(error: unknown): error is AppError {
  return (
    error instanceof Error &&
    error.name === "AppError" &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code in errorCodes
  );
}

/** `validation_failed` for one field. */
export function invalidField(path: string, message: string): AppError {
  return new AppError("validation_failed", { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

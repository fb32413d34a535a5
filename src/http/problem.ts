import type * as z from "zod";
import { AppError, errorCodes, type FieldError, isAppError } from "../domain/errors.ts";

/** The body of an RFC 9457 problem, as every error of Muse looks. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly FieldError[];
}

/** Whatever was thrown, as an error that may be shown. An unexpected one shows nothing of itself. */
export function toAppError(error: unknown): AppError {
  return isAppError(error) ? error : new AppError("internal", { cause: error });
}

export function toProblem(error: AppError, requestId: string): Problem {
  const { status, title } = errorCodes[error.code];
  return {
    type: `urn:muse:problem:${error.code}`,
    title,
    status,
    detail: error.detail ?? `${title}.`,
    code: error.code,
    request_id: requestId,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  };
}

/** Headers that belong to an error besides its body. */
export function problemHeaders(error: AppError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds !== undefined) headers["retry-after"] = String(Math.ceil(error.retryAfterSeconds));
  if (error.allow !== undefined) headers.allow = error.allow.join(", ");
  if (errorCodes[error.code].status === 401) headers["www-authenticate"] = "Bearer";
  return headers;
}

/** Zod's issues with one entry a field; a field that should not be there is named itself. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return issuesOf(error.issues, []);
}

function issuesOf(issues: readonly z.core.$ZodIssue[], parent: readonly PropertyKey[]): FieldError[] {
  return issues.flatMap((issue) => {
    const path = [...parent, ...issue.path].map(String);
    if (issue.code === "invalid_union" && issue.errors.length > 0) {
      // Of the alternatives, the one whose kind of value was given: it has more to say than "not this kind".
      const meant = issue.errors.find(
        (branch) => !branch.some(({ code, path: at }) => code === "invalid_type" && at.length === 0),
      );
      return issuesOf(meant ?? issue.errors[0] ?? [], path);
    }
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...path, key].join("."), message: "is not a known field" }));
    }
    return [{ path: path.join("."), message: issue.message }];
  });
}

/** @param part what was wrong, as "The body" */
export function validationFailed(part: string, error: z.ZodError): AppError {
  const errors = fieldErrors(error);
  const first = errors[0];
  return new AppError("validation_failed", {
    detail:
      first === undefined ? `${part} is not valid.` : `${part} is not valid: ${first.path || "it"}: ${first.message}`,
    errors,
  });
}

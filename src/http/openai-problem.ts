import { type AppError, type ErrorCode, errorCodes } from "../domain/errors.ts";
import { problemHeaders } from "./problem.ts";
import type { EventFormat } from "./sse.ts";

/** The body of an error as OpenAI's API has it (its reference, "Error codes"), which its clients read. */
export interface OpenAIProblem {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** The field that is wrong, if it is one. */
    readonly param: string | null;
    readonly code: string | null;
  };
}

interface Translation {
  readonly type: string;
  readonly code: string | null;
  /** Where OpenAI's differs from ours. */
  readonly status?: number;
}

const invalidRequest = (code: string | null): Translation => ({ type: "invalid_request_error", code });
const serverError = (code: string): Translation => ({ type: "server_error", code });

const translations: Readonly<Record<ErrorCode, Translation>> = {
  malformed_json: invalidRequest(null),
  validation_failed: invalidRequest(null),
  unauthenticated: invalidRequest("invalid_api_key"),
  invalid_credentials: invalidRequest("invalid_api_key"),
  insufficient_credits: { type: "insufficient_quota", code: "insufficient_quota" },
  forbidden: { type: "permission_error", code: "forbidden" },
  not_found: invalidRequest("not_found"),
  method_not_allowed: invalidRequest("method_not_allowed"),
  conflict: invalidRequest("conflict"),
  gone: invalidRequest("gone"),
  payload_too_large: invalidRequest("payload_too_large"),
  unsupported_media_type: invalidRequest("unsupported_media_type"),
  unprocessable: invalidRequest("unprocessable"),
  rate_limited: { type: "rate_limit_exceeded", code: "rate_limit_exceeded" },
  internal: serverError("internal"),
  provider_failed: serverError("provider_failed"),
  unavailable: serverError("unavailable"),
  provider_timeout: serverError("provider_timeout"),
};

/** What clients look for by its own code: ours together with the field that it names. */
const special: Readonly<Record<string, Translation>> = {
  "not_found:model": invalidRequest("model_not_found"),
  "unprocessable:messages": { ...invalidRequest("context_length_exceeded"), status: 400 },
  "unprocessable:prompt": { ...invalidRequest("content_policy_violation"), status: 400 },
};

export function toOpenAIProblem(error: AppError): { readonly status: number; readonly body: OpenAIProblem } {
  const { status, title } = errorCodes[error.code];
  const param = error.errors?.[0]?.path ?? null;
  const translation = special[`${error.code}:${param}`] ?? translations[error.code];
  return {
    status: translation.status ?? status,
    body: {
      error: { message: error.detail ?? `${title}.`, type: translation.type, param, code: translation.code },
    },
  };
}

/**
 * OpenAI's clients repeat whatever failed with a status from 500. What took too long is not asked for twice: it may be
 * going on, and be paid.
 */
export function openAIProblemHeaders(error: AppError): Record<string, string> {
  return { ...problemHeaders(error), ...(error.code === "provider_timeout" ? { "x-should-retry": "false" } : {}) };
}

/** Events as OpenAI's API streams them: data without names, and `[DONE]` behind the last one of an unbroken stream. */
export function createOpenAIEventFormat(): EventFormat {
  return {
    event: ({ data }) => formatData(data),
    ending: (failure) => (failure === null ? "data: [DONE]\n\n" : formatData(toOpenAIProblem(failure.error).body)),
  };
}

function formatData(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

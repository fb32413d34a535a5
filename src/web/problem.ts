/** A refusal or failure as the page knows it: the server's problem details, or a network failure (status 0). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;
  /** What is wrong with which part of the request. */
  readonly errors: readonly FieldError[];
}

interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Thrown by the API client for every answer that is not a success. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export const unreachable: Problem = {
  status: 0,
  code: "unreachable",
  detail: "Muse could not be reached.",
  requestId: null,
  retryAfterSeconds: null,
  errors: [],
};

export function problemFrom(error: unknown): Problem {
  return error instanceof ApiError ? error.problem : unreachable;
}

function textOf(record: Record<string, unknown>, name: string): string | null {
  const value = record[name];
  return typeof value === "string" && value !== "" ? value : null;
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const record: Record<string, unknown> = typeof entry === "object" && entry !== null ? { ...entry } : {};
    const message = textOf(record, "message");
    return message === null ? [] : [{ path: textOf(record, "path") ?? "", message }];
  });
}

/** Reads problem details (RFC 9457) from a body that may be anything. */
export function parseProblem(body: unknown, fallback: Partial<Problem> = {}): Problem {
  const record: Record<string, unknown> = typeof body === "object" && body !== null ? { ...body } : {};
  const status = typeof record.status === "number" ? record.status : (fallback.status ?? 500);
  return {
    status,
    code: textOf(record, "code") ?? "internal",
    detail: textOf(record, "detail") ?? textOf(record, "title") ?? "Something went wrong.",
    requestId: textOf(record, "request_id") ?? fallback.requestId ?? null,
    retryAfterSeconds: fallback.retryAfterSeconds ?? null,
    errors: fieldErrors(record.errors),
  };
}

/** Reads the problem out of an answer that is not a success. */
export async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const body: unknown = await response.json().catch(() => null);
  return parseProblem(body, {
    status: response.status,
    requestId: response.headers.get("x-request-id"),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}

/** Friendly words for the codes that people meet in ordinary use. */
const words: Readonly<Record<string, string>> = {
  insufficient_credits: "There are not enough credits left for this.",
  unreachable: "Muse could not be reached. Check the connection and try again.",
  provider_failed: "The model could not finish this.",
  provider_timeout: "The model took too long to answer. Trying again often helps.",
  content_filter: "The model declined this request. Other words may work.",
  timed_out: "This took too long and was ended.",
  internal: "Something went wrong on our side.",
  unavailable: "Muse is busy or under maintenance. Please try again in a moment.",
};

/** One sentence for a person. */
export function wordsFor(problem: Problem): string {
  if (problem.code === "rate_limited") {
    const seconds = problem.retryAfterSeconds;
    const when = seconds === null ? "in a moment" : `in ${seconds} ${seconds === 1 ? "second" : "seconds"}`;
    return `That was a little fast for Muse. Try again ${when}.`;
  }
  return words[problem.code] ?? problem.detail;
}

/** The same for a stored failure, of which only the code is known. */
export function problemOfCode(code: string | null | undefined, detail: string | null = null): Problem {
  return {
    status: 0,
    code: code ?? "internal",
    detail: detail ?? "This could not be finished.",
    requestId: null,
    retryAfterSeconds: null,
    errors: [],
  };
}

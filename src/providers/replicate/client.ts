import type Replicate from "replicate";
import { type AppError, isAppError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/platform.ts";
import {
  failureOfStatus,
  givenUp,
  isTimeout,
  RefusedStatus,
  readRetryAfter,
  timedOut,
  unreachable,
  unreadable,
} from "../failures.ts";
import { readBounded } from "../pictures.ts";

const provider = "replicate";

/** An answer of the API at most, in bytes: models may put pictures into it as data URLs. */
const maxAnswerBytes = 128 * 1_048_576;

/** How a request ended that has no answer to be read. */
type Outcome =
  | { readonly status: number; readonly retryAfter: string | null; readonly text: string }
  | { readonly cause: unknown };

export interface ReplicateConnection {
  readonly apiToken: string;
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** For one request that changes something, answer included, in ms. */
  readonly timeoutMs: number;
}

/** One that only asks is asked again sooner: a worker that waits longer loses its lease. In ms. */
const readTimeoutMs = 10_000;

/** Runs one call of the official client: one request, never more. */
export type CallReplicate = <T>(signal: AbortSignal | undefined, call: (client: Replicate) => Promise<T>) => Promise<T>;

/** Replicate's API is below `/v1`. An address that names only a host may stand for that, or be all there is. */
function apiAddresses(baseUrl: string): [first: string, second?: string] {
  const base = baseUrl.replace(/\/+$/, "");
  return new URL(base).pathname === "/" ? [`${base}/v1`, base] : [base];
}

/**
 * The official client without its automatic retries: it would send a POST again after any failure of the network, and
 * each one that got through is a prediction to be paid. So it is given an answer whatever happens, one that it does not
 * retry, and what really happened is kept beside it.
 */
export function connectReplicate(connection: ReplicateConnection): CallReplicate {
  const { apiToken, clock, timeoutMs } = connection;
  const [baseUrl, secondUrl] = apiAddresses(connection.baseUrl);
  const outcomes = new WeakMap<object, Outcome>();
  let client: Promise<Replicate> | undefined;

  async function send(url: Request | string, options?: RequestInit): Promise<Response> {
    const timeout = AbortSignal.timeout(options?.method === "POST" ? timeoutMs : Math.min(timeoutMs, readTimeoutMs));
    const signal = options?.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    let outcome: Outcome;
    try {
      const response = await fetchThere(url, { ...options, signal });
      const bytes = await readBounded(provider, response, maxAnswerBytes);
      if (response.ok) return new Response(Buffer.from(bytes), { status: 200, headers: response.headers });
      const retryAfter = response.headers.get("retry-after");
      outcome = { status: response.status, retryAfter, text: Buffer.from(bytes).toString("utf8", 0, 300) };
    } catch (cause) {
      outcome = { cause };
    }
    const notRetried = new Response(null, { status: 400 });
    outcomes.set(notRetried, outcome);
    return notRetried;
  }

  async function fetchThere(url: Request | string, options: RequestInit): Promise<Response> {
    const response = await connection.fetch(url, options);
    const address = String(url);
    if (secondUrl === undefined || response.status !== 404 || !address.startsWith(baseUrl)) return response;
    await response.body?.cancel();
    return connection.fetch(`${secondUrl}${address.slice(baseUrl.length)}`, options);
  }

  async function create(): Promise<Replicate> {
    const { default: Client } = await import("replicate");
    return new Client({ auth: apiToken, baseUrl, fetch: send, userAgent: "muse" });
  }

  function toFailure(error: unknown): AppError {
    if (isAppError(error)) return error;
    const response = error instanceof Error && "response" in error ? error.response : undefined;
    const outcome = typeof response === "object" && response !== null ? outcomes.get(response) : undefined;
    // It answered, and the client could not read it.
    if (outcome === undefined) return unreadable(provider, error);
    if ("cause" in outcome) {
      if (isAppError(outcome.cause)) return outcome.cause;
      return isTimeout(outcome.cause) ? timedOut(provider, outcome.cause) : unreachable(provider, outcome.cause);
    }
    return failureOfStatus(provider, outcome.status, {
      retryAfterSeconds: readRetryAfter(outcome.retryAfter, clock.now()),
      cause: new RefusedStatus(outcome.status, outcome.text),
    });
  }

  return async (signal, call) => {
    client ??= create();
    try {
      return await call(await client);
    } catch (error) {
      throw signal?.aborted ? givenUp(provider, signal) : toFailure(error);
    }
  };
}

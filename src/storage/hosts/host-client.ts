import { setTimeout as delay } from "node:timers/promises";
import type { AxiosInstance, AxiosRequestConfig, AxiosResponse } from "axios";
import { AppError } from "../../domain/errors.ts";

/** Requests to one public host of pictures. */
export interface HostClient {
  /** Sends a form. @returns the answer's text; @throws AppError `unavailable`, `provider_failed` */
  post(url: string, form: Readonly<Record<string, string>>): Promise<string>;
  /** The body, or null for 404 and 410. @throws AppError `unavailable`, `provider_failed` */
  get(url: string): Promise<Uint8Array | null>;
  /** Whether the address answers with success; nothing of the body is read. */
  probe(url: string): Promise<boolean>;
  /** Asks for a deletion; what is gone already is fine. */
  remove(url: string): Promise<void>;
}

export interface HostClientOptions {
  /** As "imgbb", for errors. */
  readonly name: string;
  /** How long one call may take, retries included, in ms. */
  readonly timeoutMs: number;
}

export const defaultHostTimeoutMs = 10_000;
/** Deleting is tried again by the timer: whoever deletes a picture does not wait long for it. */
const removeTimeoutMs = 5_000;
const maxAnswerBytes = 1_048_576;
const maxPictureBytes = 64 * 1_048_576;
const pauseMs = 300;
/** After so many time-outs in a row the host is left alone for a while: each of them holds a picture up. */
const maxTimeoutsInARow = 3;
const restMs = 15_000;

/** Codes of Node.js and axios for a request of which nothing can have reached the host. */
const notSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);
const gone = new Set([404, 410]);

/** What is told of axios's error: the whole of it carries the request with its key. */
interface Failure {
  readonly code: string;
  readonly status: number | undefined;
}

function failureOf(error: unknown): Failure {
  const { code, response } = error as { code?: unknown; response?: { status?: unknown } };
  return {
    code: typeof code === "string" ? code : "unknown",
    status: typeof response?.status === "number" ? response.status : undefined,
  };
}

function toAppError(name: string, { code, status }: Failure): AppError {
  const cause = new Error(`${name}: ${status ?? code}`);
  const mayPass = status === undefined || status === 408 || status === 429 || status >= 500;
  return mayPass
    ? new AppError("unavailable", { detail: "A picture host does not answer at the moment.", isRetryable: true, cause })
    : new AppError("provider_failed", { detail: "A picture host refused the request.", cause });
}

/** Without side effects at the host, or refused by it before it did anything: may be sent once more. */
function maySendAgain({ code, status }: Failure): boolean {
  return notSent.has(code) || status === 429 || status === 503;
}

/** Axios, loaded on first use, with a deadline a call. */
export function createHostClient({ name, timeoutMs }: HostClientOptions): HostClient {
  let loading: Promise<AxiosInstance> | undefined;
  let timeoutsInARow = 0;
  let restsUntil = 0;

  async function load(): Promise<AxiosInstance> {
    const { default: axios } = await import("axios");
    return axios.create({
      maxRedirects: 3,
      maxBodyLength: maxPictureBytes,
      headers: { "user-agent": "Muse" },
      proxy: false,
    });
  }

  async function send<T>(request: AxiosRequestConfig, withinMs = timeoutMs): Promise<AxiosResponse<T>> {
    if (performance.now() < restsUntil) throw toAppError(name, { code: "resting", status: undefined });
    loading ??= load();
    const client = await loading;
    const signal = AbortSignal.timeout(withinMs);
    for (let isSecond = false; ; isSecond = true) {
      try {
        const response = await client.request<T>({ ...request, signal });
        timeoutsInARow = 0;
        return response;
      } catch (error) {
        const failure = failureOf(error);
        noteTimeout(signal.aborted);
        if (isSecond || signal.aborted || !maySendAgain(failure)) throw toAppError(name, failure);
      }
      await delay(pauseMs);
    }
  }

  function noteTimeout(isTimeout: boolean): void {
    timeoutsInARow = isTimeout ? timeoutsInARow + 1 : 0;
    if (timeoutsInARow < maxTimeoutsInARow) return;
    timeoutsInARow = 0;
    restsUntil = performance.now() + restMs;
  }

  const isGoneOrGood = (status: number) => (status >= 200 && status < 300) || gone.has(status);

  return {
    post: async (url, form) => {
      const body = new FormData();
      for (const [field, value] of Object.entries(form)) body.append(field, value);
      const { data } = await send<string>({
        method: "POST",
        url,
        data: body,
        responseType: "text",
        // Axios would parse what looks like JSON; what the host answers is read by its adapter.
        transformResponse: (text: string) => text,
        maxContentLength: maxAnswerBytes,
      });
      return data;
    },

    get: async (url) => {
      const { data, status } = await send<Buffer>({
        url,
        responseType: "arraybuffer",
        maxContentLength: maxPictureBytes,
        validateStatus: isGoneOrGood,
      });
      return gone.has(status) ? null : data;
    },

    probe: async (url) => {
      const { data, status } = await send<NodeJS.ReadableStream & { destroy(): void }>({
        url,
        responseType: "stream",
        headers: { range: "bytes=0-0" },
        validateStatus: isGoneOrGood,
      });
      data.destroy();
      return !gone.has(status);
    },

    remove: async (url) => {
      const notAllowed = 405;
      for (const method of ["GET", "POST", "DELETE"]) {
        const { status } = await send(
          {
            method,
            url,
            responseType: "arraybuffer",
            maxContentLength: maxAnswerBytes,
            validateStatus: (code) => isGoneOrGood(code) || code === notAllowed,
          },
          Math.min(timeoutMs, removeTimeoutMs),
        );
        if (status !== notAllowed) return;
      }
      throw toAppError(name, { code: "unknown", status: notAllowed });
    },
  };
}

/** Where pictures are uploaded to, below an address that may already name the version of the interface. */
export function uploadAddress(baseUrl: string): string {
  const base = baseUrl.replace(/\/+$/, "");
  return /\/1$/.test(base) ? `${base}/upload` : `${base}/1/upload`;
}

/** An answer that cannot be understood: whether the host has the picture is not known. */
export function unreadableAnswer(name: string, cause?: unknown): AppError {
  return new AppError("provider_failed", {
    detail: "A picture host answered something that cannot be understood.",
    cause: cause instanceof Error ? new Error(`${name}: ${cause.name}`) : new Error(name),
  });
}

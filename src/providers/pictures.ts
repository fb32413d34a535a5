import { type AppError, isAppError } from "../domain/errors.ts";
import type { Clock } from "../ports/platform.ts";
import {
  failureOfStatus,
  givenUp,
  isTimeout,
  RefusedStatus,
  readRetryAfter,
  timedOut,
  unreachable,
  unreadable,
} from "./failures.ts";
import { withRetries } from "./retries.ts";

/** Bytes of one picture at most. */
export const maxPictureBytes = 50 * 1_048_576;

/** How files of the kinds that Muse stores begin. */
const signatures: readonly Buffer[] = [
  Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  Buffer.from([0xff, 0xd8, 0xff]),
  Buffer.from("RIFF", "latin1"),
  Buffer.from("GIF8", "latin1"),
];

/** What came is no picture that Muse stores, as the cause of a failure. */
class NoPicture extends Error {}

/** Whether a provider did give something out, only no picture that can be used. */
export function isNoPicture(error: unknown): error is AppError {
  return isAppError(error) && error.cause instanceof NoPicture;
}

/** @throws AppError `provider_failed` for bytes that are no picture at first sight; decoding them comes later */
function requirePicture(provider: string, bytes: Uint8Array): Uint8Array {
  const isPicture = signatures.some((signature) => signature.equals(bytes.subarray(0, signature.length)));
  if (!isPicture) throw unreadable(provider, new NoPicture("not a picture"));
  return bytes;
}

const dataUrl = /^data:[^,;]*(?:;[^,;]*)*;base64,/i;

/**
 * The picture in base64 text, with or without `data:…;base64,` before it.
 * @throws AppError `provider_failed`
 */
export function decodePicture(provider: string, text: string): Uint8Array {
  const base64 = text.replace(dataUrl, "");
  if ((base64.length * 3) / 4 > maxPictureBytes) throw unreadable(provider, new NoPicture("picture too large"));
  return requirePicture(provider, Buffer.from(base64, "base64"));
}

/**
 * The body's bytes; of one that is too large no more is read than the limit.
 * @throws AppError `provider_failed` beyond `maxBytes`
 */
export async function readBounded(provider: string, response: Response, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => unreadable(provider, new Error(`more than ${maxBytes} bytes`));
  if (Number(response.headers.get("content-length") ?? "0") > maxBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export interface DownloadOptions {
  readonly provider: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Time for one try, body included, in ms. */
  readonly timeoutMs: number;
  /** Where the provider's API is: pictures may lie beside it without TLS, and with the API's credentials. */
  readonly apiUrl: URL;
  readonly apiHeaders?: Readonly<Record<string, string>>;
}

const maxRedirects = 3;
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

function isBesideApi(url: URL, apiUrl: URL): boolean {
  return url.hostname === apiUrl.hostname || (loopback.test(url.hostname) && loopback.test(apiUrl.hostname));
}

/**
 * A picture that a provider made, from where it says that it lies: an address, or a data URL that is the picture itself.
 * Fetched over TLS or from the API's own host only, in bounded time and size, with further tries.
 * @throws AppError `provider_failed`, `provider_timeout`
 */
export async function downloadPicture(
  options: DownloadOptions,
  output: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (output.startsWith("data:")) return decodePicture(options.provider, output);
  const bytes = await withRetries(options.clock, signal, () => fetchPicture(options, output, signal));
  return requirePicture(options.provider, bytes);
}

async function fetchPicture(options: DownloadOptions, output: string, signal: AbortSignal): Promise<Uint8Array> {
  const { provider, timeoutMs, clock } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await follow(options, output, AbortSignal.any([signal, timeout]));
    if (response.ok) return await readBounded(provider, response, maxPictureBytes);
    await response.body?.cancel();
    throw failureOfStatus(provider, response.status, {
      retryAfterSeconds: readRetryAfter(response.headers.get("retry-after"), clock.now()),
      cause: new RefusedStatus(response.status),
    });
  } catch (error) {
    if (signal.aborted) throw givenUp(provider, signal);
    if (isAppError(error)) throw error;
    throw isTimeout(error) ? timedOut(provider, error) : unreachable(provider, error);
  }
}

/** Redirects are followed by hand: each address has to be one that may be asked, and credentials stay with the API. */
async function follow(options: DownloadOptions, output: string, signal: AbortSignal): Promise<Response> {
  const { provider, apiUrl } = options;
  let url = URL.parse(output);
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && isBesideApi(url, apiUrl)))) break;
    const headers = url.origin === apiUrl.origin ? options.apiHeaders : undefined;
    const response = await options.fetch(url, {
      signal,
      redirect: "manual",
      ...(headers === undefined ? {} : { headers }),
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    url = URL.parse(location, url.href);
  }
  throw failureOfStatus(provider, 400, { cause: new Error("a picture at an address that is not asked") });
}

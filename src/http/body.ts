import type { HttpRequest } from "@azure/functions";
import { AppError } from "../domain/errors.ts";

/** Bytes of a JSON body at most. */
export const jsonBodyLimit = 1_048_576;

const tooLarge = (limit: number) =>
  new AppError("payload_too_large", { detail: `The body may have at most ${limit} bytes.` });

/**
 * The body's bytes. Of one that is too large no more is read than its limit.
 * @param limit bytes at most
 * @throws AppError `payload_too_large`
 */
export async function readBytes(request: HttpRequest, limit: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? "0") > limit) throw tooLarge(limit);
  if (request.body === null) return new Uint8Array();
  const reader: ByteReader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    size += value.byteLength;
    if (size > limit) {
      reader.releaseLock();
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
}

interface ByteReader {
  read(): Promise<{ done: true; value?: undefined } | { done: false; value: Uint8Array }>;
  cancel(): Promise<void>;
  releaseLock(): void;
}

/** How long a client that goes on sending is listened to before it gets its answer, in ms. */
const discardMs = 5_000;

/**
 * Reads what is left of the body without keeping it. A client that is answered in the middle of its body has its
 * connection reset, and never sees why it was refused.
 */
export async function discardBody({ body }: Pick<HttpRequest, "body">): Promise<void> {
  if (body === null || body.locked) return;
  const reader: ByteReader = body.getReader();
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(late.resolve, discardMs, null);
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), late.promise]);
      if (next === null) return await reader.cancel();
      if (next.done) return;
    }
  } catch {
    // The client has left, which is as good.
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until somebody has read the body, for as long as a client is listened to before it gets its answer. */
export async function waitForBody(reading: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, discardMs);
  await Promise.race([reading.catch(() => undefined), late.promise]);
  clearTimeout(timer);
}

function isJson(contentType: string | null): boolean {
  if (contentType === null) return true;
  const mimeType = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  return mimeType === "application/json" || mimeType.endsWith("+json");
}

/** Whether the request says that its body is JSON. */
export function isJsonRequest(request: HttpRequest): boolean {
  const contentType = request.headers.get("content-type");
  return contentType !== null && isJson(contentType);
}

/**
 * The request's JSON; an empty body counts as `{}`, so that a POST that needs none may send none.
 * @param limit bytes at most
 * @throws AppError `payload_too_large`, `unsupported_media_type`, `malformed_json`
 */
export async function readJson(
  request: HttpRequest,
  limit: number = jsonBodyLimit,
): Promise<{ json: unknown; text: string }> {
  const bytes = await readBytes(request, limit);
  if (bytes.byteLength === 0) return { json: {}, text: "" };
  if (!isJson(request.headers.get("content-type"))) {
    throw new AppError("unsupported_media_type", { detail: "Send the body as application/json." });
  }
  const { json, text } = parseJson(bytes);
  requireStorable(json);
  return { json, text };
}

function parseJson(bytes: Uint8Array): { json: unknown; text: string } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { json: JSON.parse(text), text };
  } catch (cause) {
    throw new AppError("malformed_json", { detail: "The body is not valid JSON in UTF-8.", cause });
  }
}

/** Levels of a body at most: more than anybody means, and fewer than a document of the database may have. */
const levelsLimit = 64;

/**
 * Refuses what no schema foresees where anything may be in a field: what is nested beyond what a document can be, and
 * names with a NUL, which end there in BSON. Level by level, as a recursion would fall over what it shall find.
 * @throws AppError `validation_failed`
 */
function requireStorable(json: unknown): void {
  let level = [json].filter(isNested);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > levelsLimit) {
      throw new AppError("validation_failed", { detail: `The body has more than ${levelsLimit} levels.` });
    }
    if (level.some((value) => !Array.isArray(value) && Object.keys(value).some((name) => name.includes("\0")))) {
      throw new AppError("validation_failed", { detail: "The body has a name with a NUL character." });
    }
    level = level.flatMap((value) => Object.values(value).filter(isNested));
  }
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

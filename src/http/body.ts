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
  const announced = Number(request.headers.get("content-length") ?? "0");
  if (announced > limit) throw tooLarge(limit);
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isJson(contentType: string | null): boolean {
  if (contentType === null) return true;
  const mimeType = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  return mimeType === "application/json" || mimeType.endsWith("+json");
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
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { json: JSON.parse(text), text };
  } catch (cause) {
    throw new AppError("malformed_json", { detail: "The body is not valid JSON in UTF-8.", cause });
  }
}

import { AppError, invalidField, isAppError } from "../../domain/errors.ts";
import { maxImageBytes, type UploadImage } from "../../schemas/gallery.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";

/** A picture as it came, and which field of the request it came in. */
export interface PictureSource {
  readonly field: "file" | "url" | "data_url";
  readonly fileName: string;
  readonly bytes: Uint8Array;
  /** What the request says that it is; only a data URL says so itself. */
  readonly announcedType?: string;
}

const fetchTimeoutMs = 20_000;
const mostRedirects = 3;

/** The same error, with the field that it is about. */
export function naming(field: string, error: unknown): unknown {
  if (!isAppError(error) || error.errors !== undefined) return error;
  const { detail, cause, retryAfterSeconds, isRetryable } = error;
  return new AppError(error.code, {
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    errors: [{ path: field, message: detail ?? "cannot be used" }],
    cause,
    isRetryable,
  });
}

/**
 * The bytes of an upload: from the request itself, or from the address that it names.
 * @throws AppError `unprocessable`, `payload_too_large`, `validation_failed`, each naming the field
 */
export async function readPictureSource(
  { pictureHttp }: Pick<GalleryDependencies, "pictureHttp">,
  upload: UploadImage,
): Promise<PictureSource> {
  if ("bytes" in upload) return { field: "file", fileName: upload.fileName, bytes: upload.bytes };
  const fileName = upload.file_name ?? "";
  if (upload.data_url !== undefined) return { field: "data_url", fileName, ...readDataUrl(upload.data_url) };
  return { field: "url", fileName, bytes: await fetchPicture(pictureHttp, upload.url ?? "") };
}

function readDataUrl(dataUrl: string): { bytes: Uint8Array; announcedType: string } {
  const comma = dataUrl.indexOf(",");
  const base64 = dataUrl.slice(comma + 1);
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64)) throw invalidField("data_url", "is not base64");
  const bytes = Buffer.from(base64, "base64");
  if (bytes.byteLength === 0) throw invalidField("data_url", "is empty");
  return { bytes, announcedType: dataUrl.slice("data:".length, dataUrl.indexOf(";")).toLowerCase() };
}

async function fetchPicture(pictureHttp: GalleryDependencies["pictureHttp"], url: string): Promise<Uint8Array> {
  const refusal = pictureHttp.refusal(url);
  if (refusal !== null) throw invalidField("url", refusal);
  try {
    const { status, bytes } = await pictureHttp.fetchPublic({
      url,
      maxBytes: maxImageBytes,
      timeoutMs: fetchTimeoutMs,
      maxRedirects: mostRedirects,
    });
    if (status !== 200) throw new AppError("unprocessable", { detail: `The address answered with status ${status}.` });
    if (bytes.byteLength === 0) throw new AppError("unprocessable", { detail: "The address answered with nothing." });
    return bytes;
  } catch (error) {
    throw naming("url", error);
  }
}

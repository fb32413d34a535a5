import type { HttpRequest } from "@azure/functions";
import { AppError, invalidField } from "../domain/errors.ts";
import { readBytes } from "./body.ts";
import type { UploadLimits } from "./route.ts";

/** One file as it was sent. Its name and type are the client's words. */
export interface Upload {
  readonly fileName: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  /** The other fields of the form. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What a form adds around its file: boundaries, part headers and the other fields. In bytes. */
const formOverheadBytes = 65_536;
const unknownType = "application/octet-stream";
/** Bodies of these kinds are never a file by themselves, unless the file is named. */
const otherShapes: ReadonlySet<string> = new Set(["application/json", "application/x-www-form-urlencoded"]);

/**
 * The one file of a request: in a form (RFC 7578), or as the body itself with its name in `x-file-name`.
 * @throws AppError `payload_too_large`, `unsupported_media_type`, `validation_failed`
 */
export async function readUpload(request: HttpRequest, limits: UploadLimits): Promise<Upload> {
  const { maxBytes } = limits;
  const contentType = request.headers.get("content-type") ?? "";
  const mimeType = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const upload =
    mimeType === "multipart/form-data"
      ? await readForm(await readBytes(request, maxBytes + formOverheadBytes), contentType)
      : await readRaw(request, mimeType, limits);
  if (upload.bytes.byteLength > maxBytes) {
    throw new AppError("payload_too_large", { detail: `The file may have at most ${maxBytes} bytes.` });
  }
  if (upload.bytes.byteLength === 0) throw invalidField("file", "is empty");
  return upload;
}

/** The same for the same file with the same fields, however it was sent. */
export async function uploadDigest({ fileName, fields, bytes }: Upload): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return JSON.stringify([fileName, fields, Buffer.from(digest).toString("hex")]);
}

async function readForm(bytes: Uint8Array, contentType: string): Promise<Upload> {
  let form: FormData;
  try {
    form = await new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": contentType },
    }).formData();
  } catch (cause) {
    throw new AppError("validation_failed", { detail: "The body is not a well-formed multipart form.", cause });
  }
  const files: File[] = [];
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of form) {
    if (typeof value !== "string") files.push(value);
    else if (name in fields) throw invalidField(name, "is there more than once");
    else fields[name] = value;
  }
  const [file, ...more] = files;
  if (file === undefined) throw invalidField("file", "is missing: send one file with its name");
  if (more.length > 0) throw invalidField("file", "is there more than once: send one file a request");
  return {
    fileName: file.name,
    mimeType: file.type || unknownType,
    bytes: new Uint8Array(await file.arrayBuffer()),
    fields: { ...fields },
  };
}

async function readRaw(request: HttpRequest, mimeType: string, { maxBytes, unnamed }: UploadLimits): Promise<Upload> {
  const named = request.headers.get("x-file-name")?.trim() ?? "";
  const name = named === "" && !otherShapes.has(mimeType) ? (unnamed ?? "") : named;
  if (name === "") {
    if (otherShapes.has(mimeType)) {
      throw new AppError("unsupported_media_type", {
        detail: "Send the file as multipart/form-data, or as the body itself with its name in x-file-name.",
      });
    }
    throw invalidField("x-file-name", "is missing: the header names the file that the body is");
  }
  return {
    fileName: decodeName(name),
    mimeType: mimeType === "" ? unknownType : mimeType,
    bytes: await readBytes(request, maxBytes),
    fields: {},
  };
}

/** Percent-encoded UTF-8 as it should be; else UTF-8 that was sent as it is, which arrives as Latin-1. */
function decodeName(name: string): string {
  try {
    if (/%[0-9a-f]{2}/i.test(name)) return decodeURIComponent(name);
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(name, "latin1"));
  } catch {
    return name;
  }
}

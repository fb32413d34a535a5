import type { FileJson } from "../api-types.ts";
import { ApiError, parseProblem, unreachable } from "../problem.ts";
import { addressOf } from "../request.ts";
import { accessToken } from "../session.ts";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface UploadOptions {
  /** Told the share that is done, 0 to 1. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

/** `fetch` tells nothing of how far an upload has come, so this is one of the last uses of its elder. */
function put(path: string, file: File, token: string, { onProgress, signal }: UploadOptions): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file, file.name);
  request.open("POST", addressOf(path));
  request.setRequestHeader("authorization", `Bearer ${token}`);
  request.setRequestHeader("accept", "application/json");
  request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
  request.addEventListener("load", () => resolve({ status: request.status, body: parsed(request.responseText) }));
  request.addEventListener("error", () => reject(new ApiError(unreachable)));
  request.addEventListener("abort", () => reject(new ApiError(unreachable)));
  signal.addEventListener("abort", () => request.abort(), { once: true });
  request.send(form);
  return promise;
}

interface Uploaded<T> {
  readonly stored: T;
  /** False where the same file was there already. */
  readonly isNew: boolean;
}

/** Uploads a file to a route that takes one. @throws ApiError */
export async function uploadTo<T>(
  path: "/files" | "/images",
  file: File,
  options: UploadOptions,
): Promise<Uploaded<T>> {
  const token = await accessToken();
  let answer = await put(path, file, token, options);
  if (answer.status === 401) answer = await put(path, file, await accessToken(token), options);
  const { status, body } = answer;
  if (status < 200 || status >= 300) throw new ApiError(parseProblem(body, { status }));
  return { stored: body as T, isNew: status === 201 };
}

/** Uploads a file to be used in conversations. @throws ApiError */
export const uploadFile = (file: File, options: UploadOptions) => uploadTo<FileJson>("/files", file, options);

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

/** `fetch` tells nothing of how far an upload has come, so this is one of the last uses of its elder. */
function put(file: File, token: string, onProgress: (share: number) => void, signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file, file.name);
  request.open("POST", addressOf("/files"));
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

export interface Uploaded {
  readonly file: FileJson;
  /** False where the same file was there already. */
  readonly isNew: boolean;
}

/** Uploads a file. @param onProgress is told the share that is done, 0 to 1 @throws ApiError */
export async function uploadFile(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Uploaded> {
  const token = await accessToken();
  let answer = await put(file, token, onProgress, signal);
  if (answer.status === 401) answer = await put(file, await accessToken(token), onProgress, signal);
  const { status, body } = answer;
  if (status < 200 || status >= 300) throw new ApiError(parseProblem(body, { status }));
  return { file: body as FileJson, isNew: status === 201 };
}

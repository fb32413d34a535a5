import type { ImageJson, Page, SimilarImageJson, UserStorageJson } from "../api-types.ts";
import { json, query, send } from "../request.ts";

const idOf = encodeURIComponent;

export interface ImageFilter {
  readonly q: string | null;
  readonly tag: string | null;
  /** Made by Muse, uploaded, or both. */
  readonly generated: "true" | "false" | null;
}

interface BatchResult {
  readonly results: readonly { readonly id: string; readonly success: boolean; readonly tags?: readonly string[] }[];
  readonly failed: number;
}

export const listImages = (filter: ImageFilter, cursor: string | null, signal: AbortSignal) =>
  json<Page<ImageJson>>(`/images${query({ ...filter, limit: 60, cursor })}`, { signal });
export const getImage = (id: string) => json<ImageJson>(`/images/${idOf(id)}`);
export const updateImage = (id: string, body: { caption?: string | null; tags?: readonly string[] }) =>
  json<ImageJson>(`/images/${idOf(id)}`, { method: "PATCH", body });
export const listSimilar = (id: string, signal: AbortSignal) =>
  json<Page<SimilarImageJson>>(`/images/${idOf(id)}/similar${query({ limit: 12 })}`, { signal });
export const getStorage = (signal: AbortSignal) => json<UserStorageJson>("/users/me/storage", { signal });

export const changeImages = (
  body:
    | { action: "delete"; ids: readonly string[] }
    | { action: "tag" | "untag"; ids: readonly string[]; tags: readonly string[] },
) => json<BatchResult>("/image-batches", { method: "POST", body });

/** All of them as one ZIP archive. @throws ApiError */
export async function downloadArchive(ids: readonly string[]): Promise<Blob> {
  return (await send("/image-archives", { method: "POST", body: { ids }, accept: "application/zip" })).blob();
}

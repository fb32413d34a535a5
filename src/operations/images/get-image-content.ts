import { AppError } from "../../domain/errors.ts";
import type { Image, ImageVariant } from "../../domain/image.ts";
import type { Principal } from "../../domain/user.ts";
import type { Images } from "../../ports/database.ts";
import type { Clock, Logger } from "../../ports/platform.ts";
import type { UrlSigner } from "../../ports/security.ts";
import type { BlobStorage, LocalCache } from "../../ports/storage.ts";
import type { ImageContentQuery } from "../../schemas/images.ts";
import { signedResource } from "./image-links.ts";

interface Dependencies {
  readonly images: Images;
  readonly blobs: BlobStorage;
  readonly localCache: LocalCache;
  readonly urlSigner: UrlSigner;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ImageContent {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  /** Changes when the bytes do. */
  readonly etag: string;
}

/**
 * The bytes of a picture, for its owner or for whoever holds a signed address.
 * @throws AppError `unauthenticated` with neither, `forbidden` for others and for a forged or expired signature, `not_found`
 */
export async function getImageContent(
  dependencies: Dependencies,
  input: { principal: Principal | null; imageId: string; query: ImageContentQuery },
): Promise<ImageContent> {
  const { variant } = input.query;
  const mayReadAny = isSigned(dependencies, input.imageId, input.query);
  if (!mayReadAny && input.principal === null) {
    throw new AppError("unauthenticated", { detail: "Send an access token, or use the signed address." });
  }
  const image = await dependencies.images.findById(input.imageId);
  if (image === null || image.deleted_at !== undefined) {
    throw new AppError("not_found", { detail: "There is no such image." });
  }
  if (!mayReadAny && image.user_id !== input.principal?.userId) {
    throw new AppError("forbidden", { detail: "This image belongs to another account." });
  }
  const name = { original: image.blob_name, thumbnail: image.thumbnail_blob, preview: image.preview_blob }[variant];
  if (name === undefined) throw new AppError("not_found", { detail: `This image has no ${variant}.` });
  const bytes = await readThroughCache(dependencies, name);
  return { bytes, mimeType: mimeTypeOf(image, variant), etag: `"${image.sha256.slice(0, 32)}-${variant}"` };
}

function isSigned({ urlSigner, clock }: Dependencies, imageId: string, query: ImageContentQuery): boolean {
  if (query.sig === undefined || query.exp === undefined) return false;
  const isValid = urlSigner.verify(signedResource(imageId, query.variant), query.exp, query.sig);
  if (!isValid) throw new AppError("forbidden", { detail: "The address's signature is not valid." });
  if (query.exp * 1_000 <= clock.now().getTime()) {
    throw new AppError("forbidden", { detail: "The signed address has expired." });
  }
  return true;
}

/** A stored picture's bytes: from this machine's cache, else from Blob. @throws AppError `not_found`, `unavailable` */
export async function readThroughCache(
  { localCache, blobs, logger }: Pick<Dependencies, "localCache" | "blobs" | "logger">,
  name: string,
): Promise<Uint8Array> {
  const cached = await localCache.get(name);
  if (cached !== null) return cached;
  const bytes = await blobs.get(name);
  if (bytes === null) throw new AppError("not_found", { detail: "The image's bytes are gone." });
  // The cache only makes the next read faster: its failure is worth a line and nothing more.
  await localCache.put(name, bytes).catch((error: unknown) => logger.warn({ error, name }, "local cache not written"));
  return bytes;
}

function mimeTypeOf(image: Image, variant: ImageVariant): string {
  return variant === "original" ? image.mime_type : "image/jpeg";
}

import { AppError } from "../../domain/errors.ts";
import { type Image, type ImageVariant, isSound } from "../../domain/image.ts";
import type { Principal } from "../../domain/user.ts";
import type { UrlSigner } from "../../ports/security.ts";
import type { ImageContentQuery } from "../../schemas/images.ts";
import { sha256Of } from "../sha256.ts";
import { signedResource } from "./image-links.ts";
import type { ImageStorageDependencies } from "./image-storage-dependencies.ts";
import { openOriginal, pieceBytes, readDerivative, readOriginal } from "./read-image.ts";

type Dependencies = ImageStorageDependencies & {
  readonly urlSigner: UrlSigner;
  /** Whether clients are sent to Blob Storage itself, which then carries the bytes. */
  readonly redirectsToBlob: boolean;
};

/** An address of Blob Storage works for this long; a client may keep using it for a third of that. */
const redirectSeconds = 900;
const redirectMaxAgeSeconds = 300;
/** A signed address changes within a day at the latest, so a browser may keep what it got for that long. */
const maxAgeSeconds = 86_400;

export type ImageContent =
  | { readonly kind: "redirect"; readonly url: string; readonly cacheControl: string }
  | {
      readonly kind: "bytes";
      readonly mimeType: string;
      /** Changes when the bytes do. */
      readonly etag: string;
      readonly cacheControl: string;
      readonly totalBytes: number;
      /** In pieces of at most 1 MiB. The place has answered before this is returned, so that failures come early. */
      read(range: { offset: number; length: number }): AsyncIterable<Uint8Array>;
    };

/**
 * A picture's bytes, or where they are, for its owner or for whoever holds a signed address. These addresses are passed
 * on, so what a camera wrote beside the pixels is only in what a token gets.
 * @throws AppError `unauthenticated` with neither, `forbidden` for others and for a forged or expired signature,
 * `not_found`, `unavailable` when no place of it answers
 */
export async function getImageContent(
  dependencies: Dependencies,
  input: { principal: Principal | null; imageId: string; query: ImageContentQuery },
): Promise<ImageContent> {
  const { variant } = input.query;
  const isByAddress = isSigned(dependencies, input.imageId, input.query);
  if (!isByAddress && input.principal === null) {
    throw new AppError("unauthenticated", { detail: "Send an access token, or use the signed address." });
  }
  const image = await dependencies.images.findById(input.imageId);
  if (image === null || image.deleted_at !== undefined) {
    throw new AppError("not_found", { detail: "There is no such image." });
  }
  if (!isByAddress && image.user_id !== input.principal?.userId) {
    throw new AppError("forbidden", { detail: "This image belongs to another account." });
  }
  const isStripped = isByAddress && variant === "original" && image.carries_metadata === true;
  const redirect = isStripped ? null : await redirectTo(dependencies, image, variant);
  if (redirect !== null) return redirect;
  const { sha256, totalBytes, readPiece } = isStripped
    ? await openStripped(dependencies, image)
    : await open(dependencies, image, variant);
  const isExact = isStripped || sha256 === image.sha256;
  return {
    kind: "bytes",
    mimeType: mimeTypeOf(image, variant),
    etag: `"${sha256.slice(0, 32)}-${variant}"`,
    cacheControl: cacheControl({ isExact, isByAddress, expiresAt: input.query.exp, now: dependencies.clock.now() }),
    totalBytes,
    read: (range) => pieces(readPiece, range),
  };
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

/**
 * Behind a signed address the bytes never change, so nobody has to ask again while it is valid. The address that takes a
 * token is the same for everybody: there each use is checked. A copy that stands in for the original is not kept.
 */
function cacheControl(input: {
  isExact: boolean;
  isByAddress: boolean;
  expiresAt: number | undefined;
  now: Date;
}): string {
  if (!input.isExact || !input.isByAddress) return "private, no-cache";
  const secondsLeft = Math.floor((input.expiresAt ?? 0) - input.now.getTime() / 1_000);
  return `private, max-age=${Math.max(0, Math.min(maxAgeSeconds, secondsLeft))}, immutable`;
}

/** Null: the bytes are to be sent from here. */
async function redirectTo(
  { blobs, redirectsToBlob, clock, logger }: Dependencies,
  image: Image,
  variant: ImageVariant,
): Promise<ImageContent | null> {
  const name = { original: image.blob_name, thumbnail: image.thumbnail_blob, preview: image.preview_blob }[variant];
  const isInBlob = image.copies.some((copy) => copy.service === "blob" && isSound(copy));
  if (!redirectsToBlob || name === undefined || !isInBlob) return null;
  try {
    const url = await blobs.signedUrl({
      name,
      mimeType: mimeTypeOf(image, variant),
      cacheControl: `private, max-age=${maxAgeSeconds}, immutable`,
      expiresAt: new Date(clock.now().getTime() + redirectSeconds * 1_000),
    });
    return { kind: "redirect", url, cacheControl: `private, max-age=${redirectMaxAgeSeconds}` };
  } catch (error) {
    logger.warn({ error, imageId: image._id }, "no address of blob storage; the bytes are sent from here");
    return null;
  }
}

async function open(dependencies: Dependencies, image: Image, variant: ImageVariant) {
  if (variant === "original") {
    const { sha256 = image.sha256, totalBytes, read } = await openOriginal(dependencies, image);
    return { sha256, totalBytes, readPiece: read };
  }
  const bytes = await readDerivative(dependencies, image, variant);
  return { sha256: image.sha256, ...opened(bytes) };
}

async function openStripped(dependencies: Dependencies, image: Image) {
  const original = await readOriginal(dependencies, image);
  const bytes = await dependencies.imageProcessor.shareable(original, { isTrusted: true });
  return { sha256: await sha256Of(bytes), ...opened(bytes) };
}

function opened(bytes: Uint8Array) {
  const readPiece = async (offset: number, length: number) => bytes.subarray(offset, offset + length);
  return { totalBytes: bytes.byteLength, readPiece };
}

async function* pieces(
  readPiece: (offset: number, length: number) => Promise<Uint8Array>,
  { offset, length }: { offset: number; length: number },
): AsyncGenerator<Uint8Array> {
  const end = offset + length;
  for (let at = offset; at < end; at += pieceBytes) yield await readPiece(at, Math.min(pieceBytes, end - at));
}

function mimeTypeOf(image: Image, variant: ImageVariant): string {
  return variant === "original" ? image.mime_type : "image/jpeg";
}

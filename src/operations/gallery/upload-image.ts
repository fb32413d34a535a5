import { AppError } from "../../domain/errors.ts";
import { cleanFileName } from "../../domain/file.ts";
import { classifyFile, extensionOf, imageExtensions } from "../../domain/file-kinds.ts";
import type { Image } from "../../domain/image.ts";
import { foreignContent } from "../../domain/picture-extent.ts";
import type { SubscriptionTier } from "../../domain/plans.ts";
import type { UploadImage } from "../../schemas/gallery.ts";
import type { ImageJson } from "../../schemas/images.ts";
import { requireNamedConversation } from "../chat/conversations.ts";
import { removeImage } from "../images/delete-image.ts";
import { storeImage } from "../images/store-image.ts";
import { requireRoom } from "../storage-room.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";
import { naming, type PictureSource, readPictureSource } from "./picture-source.ts";
import { showImage } from "./show-images.ts";

interface UploadInput {
  readonly userId: string;
  readonly tier: SubscriptionTier;
  readonly upload: UploadImage;
  readonly conversationId?: string | undefined;
  /** Set aside by an idempotency key. */
  readonly imageId?: string | undefined;
}

/**
 * Checks a picture and puts it into its owner's gallery. The same bytes again are a picture of their own, whose bytes are
 * stored once.
 * @throws AppError naming the field: `validation_failed`, `unsupported_media_type` (no PNG, JPEG, GIF or WebP by its content,
 * or its name says something else), `unprocessable` (damaged, too many pixels, another file at the same time, over the
 * account's storage, an address that does not give it), `payload_too_large`; `not_found` and `forbidden` for the
 * conversation
 */
export async function uploadImage(dependencies: GalleryDependencies, input: UploadInput): Promise<ImageJson> {
  const { userId, tier, conversationId } = input;
  const details = "bytes" in input.upload ? input.upload.fields : input.upload;
  if (conversationId !== undefined) await requireNamedConversation(dependencies, { userId, conversationId });
  const source = await readPictureSource(dependencies, input.upload);
  try {
    await requirePicture(dependencies, source);
    await requireRoom(dependencies, { userId, tier, more: { files: 1, bytes: source.bytes.byteLength } });
    const image = await storeImage(dependencies, {
      imageId: input.imageId ?? dependencies.ids.next("img"),
      userId,
      bytes: source.bytes,
      conversationId,
      caption: details.caption ?? null,
      tags: details.tags ?? [],
    });
    await keepWithinRoom(dependencies, input, image);
    return showImage(dependencies, image);
  } catch (error) {
    throw naming(source.field, error);
  }
}

/** What the bytes are, before anything decodes them. @throws AppError `unsupported_media_type`, `unprocessable` */
async function requirePicture(
  { contentSniffer }: Pick<GalleryDependencies, "contentSniffer">,
  { fileName, bytes, announcedType }: PictureSource,
): Promise<void> {
  const content = await contentSniffer.sniff(bytes);
  if (content.family !== "image") {
    throw refused(`The content is ${content.description}.`);
  }
  const name = cleanFileName(fileName);
  classifyFile(content, name);
  const extension = extensionOf(name);
  const own = imageExtensions[content.mimeType] ?? [];
  if (/^[a-z0-9]{1,5}$/.test(extension) && !own.includes(extension)) {
    throw refused(`The name ends in .${extension}, but the content is ${content.description}.`);
  }
  if (announcedType !== undefined && announcedType.replace("image/jpg", "image/jpeg") !== content.mimeType) {
    throw refused(`The address says ${announcedType}, but the content is ${content.description}.`);
  }
  const foreign = foreignContent(bytes, content.mimeType);
  if (foreign !== null) throw new AppError("unprocessable", { detail: foreign });
}

function refused(detail: string): AppError {
  return new AppError("unsupported_media_type", { detail: `${detail} Pictures may be PNG, JPEG, GIF or WebP files.` });
}

/** Counted again with the picture in: of uploads at once, the last to count sees all, so there is never too much. */
async function keepWithinRoom(
  dependencies: GalleryDependencies,
  { userId, tier }: UploadInput,
  image: Image,
): Promise<void> {
  try {
    await requireRoom(dependencies, { userId, tier, more: { files: 0, bytes: 0 } });
  } catch (error) {
    await removeImage(dependencies, { userId, imageId: image._id });
    throw error;
  }
}

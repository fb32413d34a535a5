import { AppError } from "../../domain/errors.ts";
import type { MessageImage } from "../../domain/message.ts";
import type { PromptImage } from "../../domain/prompt.ts";
import type { PicturePreparer } from "../../ports/files.ts";
import type { ChatModel } from "../../ports/providers.ts";
import { toMessageImage } from "../images/image-json.ts";
import type { ImageStorageDependencies } from "../images/image-storage-dependencies.ts";
import { readOriginal } from "../images/read-image.ts";

export interface AttachmentDependencies extends ImageStorageDependencies {
  readonly picturePreparer: PicturePreparer;
}

/** A message's pictures, as the message keeps them and as the model sees them. */
export interface AttachedImages {
  readonly messageImages: readonly MessageImage[];
  readonly promptImages: readonly PromptImage[];
}

/**
 * Reads the pictures that come with a message.
 * @throws AppError `not_found` or `forbidden` naming the picture; `unprocessable` when the model cannot see
 */
export async function attachImages(
  dependencies: AttachmentDependencies,
  input: { userId: string; imageIds: readonly string[]; model: ChatModel },
): Promise<AttachedImages> {
  const { userId, imageIds, model } = input;
  if (imageIds.length === 0) return { messageImages: [], promptImages: [] };
  if (!model.supportsImages) {
    const message = `The model ${model.id} cannot see pictures.`;
    throw new AppError("unprocessable", { detail: message, errors: [{ path: "images", message }] });
  }
  const found = new Map((await dependencies.images.findMany(imageIds)).map((image) => [image._id, image]));
  const images = imageIds.map((imageId, index) => {
    const image = found.get(imageId);
    const path = `images.${index}`;
    if (image === undefined || image.deleted_at !== undefined) {
      throw new AppError("not_found", {
        detail: "There is no such image.",
        errors: [{ path, message: "is not an image" }],
      });
    }
    if (image.user_id !== userId) {
      const message = "belongs to another account";
      throw new AppError("forbidden", { detail: `This image ${message}.`, errors: [{ path, message }] });
    }
    return image;
  });
  const promptImages: PromptImage[] = [];
  for (const image of images) {
    const original = await readOriginal(dependencies, image);
    const { mimeType, bytes } = await dependencies.picturePreparer.prepareForModel(original);
    promptImages.push({ type: "image", mimeType, base64: Buffer.from(bytes).toString("base64") });
  }
  return { messageImages: images.map(toMessageImage), promptImages };
}

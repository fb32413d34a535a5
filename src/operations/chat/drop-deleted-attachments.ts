import type { Message } from "../../domain/message.ts";
import type { Files } from "../../ports/files.ts";
import type { ImageHomes } from "../../ports/image-homes.ts";
import type { Images } from "../../ports/images.ts";
import type { Clock, Logger } from "../../ports/platform.ts";

interface Dependencies {
  readonly images: Pick<Images, "findMany">;
  readonly imageHomes: Pick<ImageHomes, "removeReferences">;
  readonly files: Pick<Files, "findMany" | "removeReferences">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Takes pictures and files out of a message that were deleted while it was on its way: their deletion could not see it.
 * Looked at after the message is there: a deletion either sees it, or is seen here. Never throws.
 */
export async function dropDeletedAttachments(dependencies: Dependencies, message: Message): Promise<void> {
  const { images, imageHomes, files, clock, logger } = dependencies;
  const { user_id: userId } = message;
  const imageIds = message.images.map(({ image_id }) => image_id);
  const fileIds = message.files.map(({ file_id }) => file_id);
  if (imageIds.length + fileIds.length === 0) return;
  try {
    const [imagesThere, filesThere] = await Promise.all([
      images.findMany(imageIds),
      files.findMany({ userId, fileIds }),
    ]);
    const there = new Set([...imagesThere, ...filesThere].map(({ _id }) => _id));
    const now = clock.now();
    for (const imageId of imageIds.filter((id) => !there.has(id))) {
      await imageHomes.removeReferences({ image: { _id: imageId, user_id: userId }, blobUrl: undefined, now });
    }
    for (const fileId of fileIds.filter((id) => !there.has(id))) {
      await files.removeReferences({ userId, fileId, now });
    }
  } catch (error) {
    logger.warn({ error, messageId: message._id }, "attachments of a message not looked at again");
  }
}

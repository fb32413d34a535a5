import { AppError, isAppError } from "../../domain/errors.ts";
import { extensionOfImage, type Image } from "../../domain/image.ts";
import { type OpenedBytes, openOriginal, pieceBytes } from "../images/read-image.ts";
import { requireOwned } from "../require-owned.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";

type Dependencies = Pick<
  GalleryDependencies,
  "images" | "imageHomes" | "imageHosts" | "blobs" | "localCache" | "imageProcessor" | "clock" | "logger"
>;

/**
 * Bytes of an archive's pictures at most. What a slow client has not read yet waits in memory, because the platform
 * takes an answer as fast as it is made.
 */
export const maxArchiveBytes = 200 * 1_048_576;
const slugLength = 40;

/**
 * A name that unpacks to a file in one folder on every system: date, some words of what the picture shows, and its id,
 * which makes it unique.
 */
function entryName(image: Image): string {
  const words = (image.caption ?? image.prompt ?? "")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, slugLength)
    .replace(/^-+|-+$/g, "");
  const id = image._id.replace(/[^A-Za-z0-9_]/g, "");
  const parts = [image.created_at.toISOString().slice(0, 10), ...(words === "" ? [] : [words]), id];
  return `${parts.join("_")}.${extensionOfImage(image.mime_type)}`;
}

/** @throws AppError `not_found`, `forbidden`, each naming the picture */
async function requireImages(
  { images }: Pick<Dependencies, "images">,
  userId: string,
  imageIds: readonly string[],
): Promise<Image[]> {
  const present = (await images.findMany(imageIds)).filter((image) => image.deleted_at === undefined);
  const found = new Map(present.map((image) => [image._id, image]));
  return Promise.all(
    imageIds.map(async (imageId, index) => {
      const image = found.get(imageId) ?? null;
      try {
        return await requireOwned("image", image?.user_id === userId ? image : null, async () => image !== null);
      } catch (error) {
        if (!isAppError(error)) throw error;
        const { detail = "" } = error;
        throw new AppError(error.code, { detail, errors: [{ path: `ids.${index}`, message: detail }] });
      }
    }),
  );
}

/**
 * The originals as a ZIP archive that is made while it is sent, with a piece of one picture in memory at a time. One that cannot
 * be read is left out, and named in `missing.txt`.
 * @throws AppError before anything is sent: `not_found`, `forbidden`, `payload_too_large`
 */
export async function archiveImages(
  dependencies: Dependencies,
  input: { userId: string; imageIds: readonly string[] },
): Promise<AsyncIterable<Uint8Array>> {
  const images = await requireImages(dependencies, input.userId, input.imageIds);
  const bytes = images.reduce((sum, image) => sum + image.size, 0);
  if (bytes > maxArchiveBytes) {
    throw new AppError("payload_too_large", {
      detail: `An archive may hold ${maxArchiveBytes} bytes of pictures; these have ${bytes}. Ask for fewer at once.`,
      errors: [{ path: "ids", message: "name too many bytes for one archive" }],
    });
  }
  const { makeZip } = await import("client-zip");
  return makeZip(entries(dependencies, images));
}

async function* entries(dependencies: Dependencies, images: readonly Image[]) {
  const missing: string[] = [];
  for (const image of images) {
    const name = entryName(image);
    const original = await open(dependencies, image);
    if (original === null) missing.push(name);
    else yield { name, input: pieces(original), lastModified: image.created_at, size: original.totalBytes };
  }
  if (missing.length > 0) {
    const text = `These pictures could not be read:\n${missing.join("\n")}\n`;
    yield { name: "missing.txt", input: text, lastModified: dependencies.clock.now() };
  }
}

/** Null: it cannot be read. */
async function open(dependencies: Dependencies, image: Image): Promise<OpenedBytes | null> {
  try {
    return await openOriginal(dependencies, image);
  } catch (error) {
    dependencies.logger.warn({ error, imageId: image._id }, "picture left out of an archive");
    return null;
  }
}

async function* pieces({ totalBytes, read }: OpenedBytes): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < totalBytes; offset += pieceBytes) {
    yield await read(offset, Math.min(pieceBytes, totalBytes - offset));
  }
}

import { AppError, type FieldError, invalidField, isAppError } from "../../domain/errors.ts";
import type { SubmitGeneration } from "../../schemas/generations.ts";
import { storeImage } from "../images/store-image.ts";
import { requireOwned } from "../require-owned.ts";
import { sha256Of } from "../sha256.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";

type Dependencies = Pick<
  GenerationDependencies,
  "images" | "imageHomes" | "imageHosts" | "imageProcessor" | "files" | "blobs" | "localCache" | "clock" | "logger"
>;

type InitImage = NonNullable<SubmitGeneration["init_image"]>;

/** A picture to start from that was looked at and is good, but is not stored yet where it came as bytes. */
export type CheckedInitImage = { readonly imageId: string } | { readonly bytes: Uint8Array };

const dataUrlPattern = /^data:(image\/(?:png|jpe?g|gif|webp));base64,/i;

/**
 * Looks at the picture to start from: whether it is the caller's, and whether it is a picture at all.
 * @throws AppError `validation_failed`, `not_found`, `forbidden`, each naming the field below `init_image`
 */
export async function checkInitImage(
  dependencies: Dependencies,
  input: { userId: string; initImage: InitImage },
): Promise<CheckedInitImage> {
  const { userId, initImage } = input;
  const { image_id: imageId, file_id: fileId, data_url: dataUrl } = initImage;
  if (imageId !== undefined) {
    await naming("init_image.image_id", () => requireImage(dependencies, { userId, imageId }));
    return { imageId };
  }
  if (fileId !== undefined) {
    return { bytes: await naming("init_image.file_id", () => readPictureFile(dependencies, { userId, fileId })) };
  }
  return { bytes: await naming("init_image.data_url", () => readDataUrl(dependencies, dataUrl ?? "")) };
}

/**
 * Stores what came as bytes, unless the user has these bytes as a picture already.
 * @param input.imageId of the new picture; the same for each try of the same request
 * @returns the id of the picture
 * @throws AppError `unavailable`
 */
export async function keepInitImage(
  dependencies: Dependencies,
  input: { userId: string; imageId: string; initImage: CheckedInitImage; conversationId: string | undefined },
): Promise<string> {
  const { userId, imageId, initImage, conversationId } = input;
  if ("imageId" in initImage) return initImage.imageId;
  const { bytes } = initImage;
  const [same] = await dependencies.imageHomes.findByContent({ userId, sha256: await sha256Of(bytes) });
  if (same !== undefined) return same._id;
  const stored = await storeImage(dependencies, { imageId, userId, bytes, conversationId });
  return stored._id;
}

async function requireImage(
  { images }: Dependencies,
  { userId, imageId }: { userId: string; imageId: string },
): Promise<void> {
  const found = await images.findById(imageId);
  const image = found?.deleted_at === undefined ? found : null;
  await requireOwned("image", image?.user_id === userId ? image : null, async () => image !== null);
}

async function readPictureFile(
  { files, blobs, imageProcessor }: Dependencies,
  { userId, fileId }: { userId: string; fileId: string },
): Promise<Uint8Array> {
  const file = await requireOwned("file", await files.find({ userId, fileId }), () => files.exists(fileId));
  if (file.file_type !== "image") throw new AppError("validation_failed", { detail: "is not a picture" });
  const bytes = await blobs.get(file.file_path);
  if (bytes === null) throw new AppError("not_found", { detail: "The file's bytes are gone." });
  await imageProcessor.inspect(bytes);
  return bytes;
}

/** @param dataUrl with its type, or bare base64 as old clients send it */
async function readDataUrl({ imageProcessor }: Dependencies, dataUrl: string): Promise<Uint8Array> {
  const declared = dataUrlPattern.exec(dataUrl);
  if (declared === null && dataUrl.startsWith("data:")) {
    throw invalid("must be a PNG, JPEG, GIF or WebP picture in base64, as data:image/png;base64,…");
  }
  const base64 = dataUrl.slice(declared?.[0].length ?? 0).replace(/\s+/g, "");
  const bytes = Buffer.from(base64, "base64");
  // The decoder passes over what is not base64; its result then is shorter than the text says.
  const expected = Math.floor((base64.replace(/=+$/, "").length * 3) / 4);
  if (bytes.byteLength === 0 || bytes.byteLength !== expected) throw invalid("is not valid base64");
  const { mimeType } = await imageProcessor.inspect(bytes);
  const says = declared?.[1]?.toLowerCase().replace("jpg", "jpeg");
  if (says !== undefined && says !== mimeType) throw invalid(`says ${says}, but the picture is ${mimeType}`);
  return bytes;
}

function invalid(message: string): AppError {
  return new AppError("validation_failed", { detail: message });
}

/** Tells the caller which field it was. A picture that cannot be decoded is a wrong value here, like any other. */
async function naming<T>(path: string, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!isAppError(error)) throw error;
    const message = error.detail ?? error.message;
    if (error.code === "validation_failed" || error.code === "unprocessable") throw invalidField(path, message);
    const errors: FieldError[] = [{ path, message }];
    if (error.code === "not_found" || error.code === "forbidden") {
      throw new AppError(error.code, { detail: message, errors });
    }
    throw error;
  }
}

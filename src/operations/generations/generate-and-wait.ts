import { isEnded } from "../../domain/generation.ts";
import type { Image } from "../../domain/image.ts";
import type {
  GenerateImage,
  GenerationJson,
  ImageToImage,
  ReadyPicturesJson,
  SubmitGeneration,
} from "../../schemas/generations.ts";
import { readDerivative } from "../images/read-image.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { failureOf } from "./generation-failure.ts";
import { awaitSubmitted } from "./read-generations.ts";
import { submitGeneration } from "./submit-generation.ts";

/** How long the answer is held for the pictures. */
const waitSeconds = 60;

interface WaitInput<B> {
  readonly userId: string;
  readonly body: B;
  readonly allotted?: { readonly id: string; readonly isResumed: boolean } | undefined;
}

/** The pictures when they were ready in time, else the generation as it stands. */
export type BlockingAnswer =
  | { readonly isReady: true; readonly pictures: ReadyPicturesJson }
  | { readonly isReady: false; readonly generation: GenerationJson };

/**
 * The simple blocking form: a generation like any other, and the wait for its end.
 * @throws AppError what `submitGeneration` does, and what the job failed with
 */
export async function generateAndWait(
  dependencies: GenerationDependencies,
  { userId, body, allotted }: WaitInput<GenerateImage>,
): Promise<BlockingAnswer> {
  const { save_to_storage: _alwaysTrue, ...wishes } = body;
  return waitForPictures(dependencies, { userId, body: wishes, allotted });
}

/** The same, from a picture that may come as old clients send it. */
export async function redrawAndWait(
  dependencies: GenerationDependencies,
  { userId, body, allotted }: WaitInput<ImageToImage>,
): Promise<BlockingAnswer> {
  const { save_to_storage: _alwaysTrue, init_image, image, ...wishes } = body;
  const source = init_image ?? image;
  const initImage = typeof source === "string" ? { data_url: source } : source;
  return waitForPictures(dependencies, { userId, body: { ...wishes, init_image: initImage }, allotted });
}

async function waitForPictures(
  dependencies: GenerationDependencies,
  input: WaitInput<SubmitGeneration>,
): Promise<BlockingAnswer> {
  const submitted = await submitGeneration(dependencies, input);
  const generation = await awaitSubmitted(dependencies, { userId: input.userId, submitted, waitSeconds });
  if (!isEnded(generation.status)) return { isReady: false, generation };
  if (generation.status !== "completed") throw failureOf(generation);
  return { isReady: true, pictures: await toReadyPictures(dependencies, generation) };
}

async function toReadyPictures(
  dependencies: GenerationDependencies,
  generation: GenerationJson,
): Promise<ReadyPicturesJson> {
  const byId = new Map(
    (await dependencies.images.findMany(generation.images.map(({ id }) => id))).map((image) => [image._id, image]),
  );
  const stored = generation.images.flatMap(({ id }) => byId.get(id) ?? []);
  const images: string[] = [];
  for (const image of stored) images.push(...(await previewOf(dependencies, image)));
  const [first] = generation.images;
  return {
    success: true,
    generation_id: generation.id,
    conversation_id: generation.conversation_id ?? "",
    images,
    image_url: first?.url ?? "",
    image_urls: generation.images.map(({ url }) => url),
    cloud_url: first?.cloud_url ?? null,
    cloud_urls: generation.images.map(({ cloud_url }) => cloud_url),
    filenames: stored.map(fileName),
    saved_to_db: true,
  };
}

/** Base64, or nothing when the storage does not answer at this moment: the pictures are made and have their addresses. */
async function previewOf(dependencies: GenerationDependencies, image: Image): Promise<string[]> {
  try {
    return [Buffer.from(await readDerivative(dependencies, image, "preview")).toString("base64")];
  } catch (error) {
    dependencies.logger.warn({ error, imageId: image._id }, "preview left out of an answer");
    return [];
  }
}

/** As "gen_01…_0.png". */
function fileName({ _id: imageId, blob_name: blobName }: Image): string {
  return blobName?.split("/").slice(-2).join("_") ?? imageId;
}

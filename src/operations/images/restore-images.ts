import { auditExpiry } from "../../domain/audit.ts";
import { decodeCursor, encodeCursor } from "../../domain/cursor.ts";
import { isAppError } from "../../domain/errors.ts";
import { type Image, type ImageService, imageServices, isSound } from "../../domain/image.ts";
import type { AuditLogs } from "../../ports/audit-logs.ts";
import type { Ids } from "../../ports/platform.ts";
import type { ImageRestoreJson, RestoreImages } from "../../schemas/images.ts";
import { sha256Of } from "../sha256.ts";
import { bringToBlob } from "./bring-to-blob.ts";
import type { ImageStorageDependencies } from "./image-storage-dependencies.ts";
import { cacheBytes } from "./place-image.ts";
import { readDerivative, readOriginal } from "./read-image.ts";

type Dependencies = ImageStorageDependencies & { readonly auditLogs: AuditLogs; readonly ids: Ids };
type Outcome = ImageRestoreJson["results"][number]["outcome"];

/**
 * Refills Blob Storage, or this machine's cache, from the copies that survive.
 * @param input.actorId the administrator, or "script", for the audit log
 */
export async function restoreImages(
  dependencies: Dependencies,
  input: { actorId: string; body: RestoreImages },
): Promise<ImageRestoreJson> {
  const { body } = input;
  const { images, nextCursor } = await select(dependencies, body);
  const results: ImageRestoreJson["results"] = [];
  for (const [imageId, image] of images) {
    results.push({ id: imageId, outcome: await restore(dependencies, image, body.target) });
  }
  const count = (outcome: Outcome) => results.filter((result) => result.outcome === outcome).length;
  const counts = { restored: count("restored"), present: count("present"), failed: results.length };
  counts.failed -= counts.restored + counts.present;
  await record(dependencies, input.actorId, { target: body.target, ...counts });
  return { target: body.target, ...counts, results, next_cursor: nextCursor };
}

async function record(
  { auditLogs, ids, clock }: Dependencies,
  actorId: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  const now = clock.now();
  const expiresAt = auditExpiry(now);
  const id = ids.next("audit");
  await auditLogs.record({ id, actorId, action: "images.restore", targetId: null, details, now, expiresAt });
}

/** Those that are named, or the next ones of all: away from Blob first, each service oldest first. */
async function select(
  { images, imageHomes }: Dependencies,
  { image_ids: imageIds, limit, cursor }: RestoreImages,
): Promise<{ images: [string, Image | null][]; nextCursor: string | null }> {
  if (imageIds !== undefined) {
    const found = new Map((await images.findMany(imageIds)).map((image) => [image._id, image]));
    return { images: imageIds.map((id) => [id, found.get(id) ?? null]), nextCursor: null };
  }
  const [name, position] = cursor?.split(".", 2) ?? [];
  const from = imageServices.find((service) => service === name) ?? "local";
  const services: ImageService[] = [...imageServices].reverse();
  const selected: Image[] = [];
  for (const service of services.slice(services.indexOf(from))) {
    const after = service === from ? decodeCursor(position) : undefined;
    selected.push(...(await imageHomes.listByService({ service, after, limit: limit - selected.length })));
    if (selected.length >= limit) break;
  }
  const last = selected.length < limit ? undefined : selected.at(-1);
  return {
    images: selected.map((image) => [image._id, image]),
    nextCursor: last === undefined ? null : `${last.service}.${encodeCursor({ at: last.created_at, id: last._id })}`,
  };
}

async function restore(
  dependencies: Dependencies,
  image: Image | null,
  target: RestoreImages["target"],
): Promise<Outcome> {
  if (image === null) return "not_found";
  try {
    return await (target === "blob" ? toBlob(dependencies, image) : toCache(dependencies, image));
  } catch (error) {
    if (!isAppError(error)) throw error;
    dependencies.logger.warn({ error, imageId: image._id }, "picture not restored");
    return error.code === "unavailable" ? "unavailable" : "lost";
  }
}

async function toBlob(dependencies: Dependencies, image: Image): Promise<Outcome> {
  const { blobs } = dependencies;
  const isNoted = image.copies.some((copy) => copy.service === "blob" && isSound(copy));
  if (isNoted && image.blob_name !== undefined && (await blobs.sizeOf(image.blob_name)) === image.size) {
    return "present";
  }
  return (await bringToBlob(dependencies, image)) ? "restored" : "lost";
}

async function toCache(dependencies: Dependencies, image: Image): Promise<Outcome> {
  const { localCache } = dependencies;
  const name = image.blob_name;
  if (name === undefined) return "lost";
  const cached = await localCache.get(name);
  if (cached !== null && (await sha256Of(cached)) === image.sha256) return "present";
  if (cached !== null) await localCache.remove(name);
  const original = await readOriginal(dependencies, image);
  if ((await sha256Of(original)) !== image.sha256) return "lost";
  await readDerivative(dependencies, image, "thumbnail");
  return (await cacheBytes(dependencies, name, original)) ? "restored" : "unavailable";
}

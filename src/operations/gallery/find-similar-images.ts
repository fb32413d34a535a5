import { hammingDistance, similarDistance } from "../../domain/perceptual-hash.ts";
import type { SimilarImageJson, SimilarImages } from "../../schemas/gallery.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";
import { hashImage } from "./hash-images.ts";
import { requireImage } from "./read-images.ts";
import { showImages } from "./show-images.ts";

type Dependencies = Pick<GalleryDependencies, "images" | "searchIndex" | "imageLinks"> &
  Parameters<typeof hashImage>[0];

/** Hashes that one request compares. Comparing as many takes some tens of milliseconds; reading them takes longer. */
const mostCompared = 100_000;

interface Candidate {
  readonly id: string;
  readonly distance: number;
}

const closestFirst = (left: Candidate, right: Candidate) =>
  left.distance - right.distance || (left.id < right.id ? 1 : -1);

/** Keeps the closest of what it is given, and little more. */
function createClosest(limit: number) {
  let kept: Candidate[] = [];
  return {
    add: (candidate: Candidate) => {
      kept.push(candidate);
      if (kept.length >= 2 * limit) kept = kept.sort(closestFirst).slice(0, limit);
    },
    all: () => kept.sort(closestFirst).slice(0, limit),
  };
}

/**
 * The pictures of the same user that look like this one, the most alike first and the newest first of those.
 * A picture that has no hash yet gets it now; one of which none can be made is like no other.
 * @throws AppError `not_found`, `forbidden`
 */
export async function findSimilarImages(
  dependencies: Dependencies,
  input: { userId: string; imageId: string; query: SimilarImages },
): Promise<{ data: SimilarImageJson[]; next_cursor: null }> {
  const { userId, imageId } = input;
  const { limit, max_distance: maxDistance = similarDistance } = input.query;
  const image = await requireImage(dependencies, input);
  const phash = image.phash ?? (await hashImage(dependencies, image));
  if (phash === "") return { data: [], next_cursor: null };
  // Some more than are shown: pictures that are being deleted still have their hash.
  const closest = createClosest(2 * limit);
  await dependencies.gallery.visitHashes({ userId, limit: mostCompared }, (other) => {
    const distance = hammingDistance(phash, other.phash);
    if (distance <= maxDistance && other.id !== imageId) closest.add({ id: other.id, distance });
  });
  const candidates = closest.all();
  const found = await dependencies.images.findMany(candidates.map(({ id }) => id));
  const byId = new Map(found.map((other) => [other._id, other]));
  const similar = candidates.flatMap(({ id, distance }) => {
    const other = byId.get(id);
    return other === undefined || other.user_id !== userId || other.deleted_at !== undefined
      ? []
      : [{ other, distance }];
  });
  const shown = similar.slice(0, limit);
  const json = await showImages(
    dependencies,
    userId,
    shown.map(({ other }) => other),
  );
  return {
    data: json.map((picture, index) => ({ ...picture, distance: shown[index]?.distance ?? 0 })),
    next_cursor: null,
  };
}

import { cursorByCreation, decodeCursor, nextCursor } from "../../domain/cursor.ts";
import { isAppError } from "../../domain/errors.ts";
import { type Generation, isEnded } from "../../domain/generation.ts";
import type { GenerationJson, ListGenerations } from "../../schemas/generations.ts";
import { requireOwned } from "../require-owned.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { toGenerationJson, toGenerationsJson, visibleStatus } from "./generation-json.ts";

type Dependencies = Pick<GenerationDependencies, "generations" | "images" | "imageLinks" | "clock">;

/** How often a job is looked at while somebody waits for it, in ms. */
const lookIntervalMs = 150;

/** The job's document, if it is this user's. @throws AppError `not_found`, `forbidden` */
export async function requireGeneration(
  { generations }: Pick<Dependencies, "generations">,
  input: { userId: string; generationId: string },
): Promise<Generation> {
  return requireOwned("generation", await generations.find(input), () => generations.exists(input.generationId));
}

/** @param input.waitSeconds how long to hold the answer until the job ends. @throws AppError `not_found`, `forbidden` */
export async function getGeneration(
  dependencies: Dependencies,
  input: { userId: string; generationId: string; waitSeconds: number },
): Promise<GenerationJson> {
  const { clock } = dependencies;
  const until = clock.now().getTime() + input.waitSeconds * 1_000;
  while (true) {
    const generation = await requireGeneration(dependencies, input);
    const now = clock.now();
    if (isEnded(visibleStatus(generation, now)) || now.getTime() >= until) {
      return toGenerationJson(dependencies, generation);
    }
    await clock.sleep(Math.min(lookIntervalMs, until - now.getTime()));
  }
}

/**
 * The end of a job that was submitted a moment ago, as far as it comes in time. One that was deleted meanwhile counts as
 * cancelled.
 */
export async function awaitSubmitted(
  dependencies: Dependencies,
  { userId, submitted, waitSeconds }: { userId: string; submitted: GenerationJson; waitSeconds: number },
): Promise<GenerationJson> {
  try {
    return await getGeneration(dependencies, { userId, generationId: submitted.id, waitSeconds });
  } catch (error) {
    if (!isAppError(error) || error.code !== "not_found") throw error;
    return { ...submitted, status: "cancelled" };
  }
}

/** Newest first. */
export async function listGenerations(
  dependencies: Dependencies,
  input: { userId: string; query: ListGenerations },
): Promise<{ data: GenerationJson[]; next_cursor: string | null }> {
  const { status, limit, cursor } = input.query;
  const page = await dependencies.generations.list({
    userId: input.userId,
    status,
    after: decodeCursor(cursor),
    limit,
  });
  return {
    data: await toGenerationsJson(dependencies, page.items),
    next_cursor: nextCursor(page, cursorByCreation),
  };
}

export interface GenerationEvent {
  readonly event: "status" | "progress" | "completed" | "failed" | "cancelled";
  readonly data: unknown;
}

/**
 * What happens to a job, until it ends: `status` at each change, `progress` as it grows, then its end with the whole
 * generation. The first look comes before the stream begins, so that a wrong id is an ordinary error.
 * @throws AppError `not_found`, `forbidden`
 */
export async function followGeneration(
  dependencies: Dependencies,
  input: { userId: string; generationId: string },
): Promise<AsyncIterable<GenerationEvent>> {
  const first = await requireGeneration(dependencies, input);
  return generationEvents(dependencies, first, input);
}

async function* generationEvents(
  dependencies: Dependencies,
  first: Generation,
  input: { userId: string; generationId: string },
): AsyncGenerator<GenerationEvent> {
  const { clock } = dependencies;
  let told = { status: "", queuePosition: -1, progress: -1 };
  for (let current = first; ; current = (await dependencies.generations.find(input)) ?? deleted(current, clock.now())) {
    const json = await toGenerationJson(dependencies, current);
    const queuePosition = json.queue_position ?? -1;
    if (json.status !== told.status || queuePosition !== told.queuePosition) {
      const position = json.queue_position === undefined ? {} : { queue_position: json.queue_position };
      yield { event: "status", data: { id: json.id, status: json.status, ...position } };
    }
    if (json.progress !== told.progress && json.status !== "pending") {
      yield { event: "progress", data: { id: json.id, progress: json.progress } };
    }
    if (json.status === "completed" || json.status === "failed" || json.status === "cancelled") {
      yield { event: json.status, data: { generation: json } };
      return;
    }
    told = { status: json.status, queuePosition, progress: json.status === "pending" ? -1 : json.progress };
    await clock.sleep(lookIntervalMs);
  }
}

/** The last that is to be told of a job that was deleted while somebody followed it: what had not ended was cancelled. */
function deleted({ is_open: _closedByNow, ...generation }: Generation, now: Date): Generation {
  if (isEnded(generation.status)) return generation;
  return { ...generation, status: "cancelled", completed_at: now, updated_at: now };
}

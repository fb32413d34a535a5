import * as z from "zod";
import type { ImageRequest, Prediction } from "../../ports/providers.ts";
import { unreadable } from "../failures.ts";

/** What Muse reads of a prediction (Replicate's HTTP API reference, "predictions.get"). Everything else may change. */
const predictionSchema = z.object({
  id: z.string().regex(/^[\w-]{1,100}$/),
  status: z.string().min(1),
  version: z.string().nullish().catch(null),
  input: z.record(z.string(), z.unknown()).nullish().catch(null),
  output: z.unknown(),
  error: z.unknown(),
  logs: z.string().nullish().catch(null),
  webhook: z.string().nullish().catch(null),
  created_at: z.string().nullish().catch(null),
});
export type ReplicatePrediction = z.infer<typeof predictionSchema>;

/** @throws AppError `provider_failed`, retryable, for an answer that is no prediction */
export function readPrediction(answer: unknown): ReplicatePrediction {
  const read = predictionSchema.safeParse(answer);
  if (!read.success) throw unreadable("replicate", read.error);
  return read.data;
}

/** Those of a list that can be read; the others are not what is looked for. */
export function readPredictions(answer: unknown): ReplicatePrediction[] {
  const entries: unknown[] = Array.isArray(answer) ? answer : [];
  return entries.flatMap((entry) => predictionSchema.safeParse(entry).data ?? []);
}

const contentFilter =
  /nsfw|safety (checker|filter|system)|flagged as (sensitive|unsafe)|sensitive content|content policy/i;
/** Failures of Replicate's machines rather than of the model with this input. */
const passing = /interrupted|please (try again|retry)|timed? ?out|cuda out of memory|unexpected error/i;

/** The state of a prediction in Muse's terms. An unknown status is taken for one on the way to the known ones. */
export function toPrediction(raw: ReplicatePrediction, request: ImageRequest): Prediction {
  const { id, status } = raw;
  const pinned =
    raw.version === null || raw.version === undefined || raw.version === "hidden" ? {} : { version: raw.version };
  const none = { id, outputs: [], ...pinned };
  if (status === "succeeded") {
    const outputs = readOutputs(raw.output).slice(0, request.numImages);
    if (outputs.length === request.numImages) return { id, status, progress: 1, outputs, ...pinned };
    return {
      ...none,
      status: "failed",
      progress: 0,
      error: failure("provider_failed", "Replicate made too few pictures.", true),
    };
  }
  if (status === "failed") return { ...none, status, progress: 0, error: readError(raw.error) };
  if (status === "canceled") return { ...none, status: "cancelled", progress: 0 };
  if (status === "aborted") {
    return {
      ...none,
      status: "failed",
      progress: 0,
      error: failure("provider_failed", "Replicate did not begin.", true),
    };
  }
  return { ...none, status: "running", progress: readProgress(raw.logs ?? "") };
}

/** Lists and objects inside of one another are looked through to this depth. */
const deepestOutput = 5;

/**
 * Addresses and data URLs, in their order. What a model gives out is up to the model: one, several, files as objects with
 * their `url`, or either of them inside of lists and objects.
 */
function readOutputs(output: unknown, depth = 0): string[] {
  if (typeof output === "string") return /^(https?:\/\/|data:)/.test(output) ? [output] : [];
  if (typeof output !== "object" || output === null || depth === deepestOutput) return [];
  if ("url" in output && typeof output.url === "string") return readOutputs(output.url, depth + 1);
  return Object.values(output).flatMap((entry) => readOutputs(entry, depth + 1));
}

const failure = (
  code: NonNullable<Prediction["error"]>["code"],
  message: string,
  isRetryable: boolean,
): NonNullable<Prediction["error"]> => ({ code, message, isRetryable });

/** Models fail in their own words. Those go no further, but they tell what it was. */
function readError(error: unknown): NonNullable<Prediction["error"]> {
  const text = typeof error === "string" ? error : JSON.stringify(error ?? "");
  if (contentFilter.test(text)) {
    return failure("content_filter", "The model's content filter refused the prompt or the picture.", false);
  }
  if (/timed? ?out/i.test(text)) return failure("provider_timeout", "The model did not finish in time.", true);
  return failure("provider_failed", "The model failed.", passing.test(text));
}

/** Steps as `tqdm` writes them into the logs, which is what most models use: " 30%|███   | 6/20 [00:01<00:03, 4.1it/s]". */
function readProgress(logs: string): number {
  const last = [...logs.matchAll(/(?:^|[\r\n])\s*(\d{1,3})%\s*\|/g)].at(-1)?.[1];
  return last === undefined ? 0 : Math.min(1, Number(last) / 100) * longestRunningProgress;
}

/** Behind the last step come decoding and upload. */
const longestRunningProgress = 0.98;

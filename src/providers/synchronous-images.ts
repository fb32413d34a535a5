import { AppError, isAppError } from "../domain/errors.ts";
import { systemClock } from "../platform/clock.ts";
import { createGate } from "../platform/gate.ts";
import type { Clock } from "../ports/platform.ts";
import type { ImageProvider, ImageRequest, Prediction } from "../ports/providers.ts";
import { givenUp, unreadable } from "./failures.ts";

/** What came of a call that makes pictures. */
export type Made =
  | { readonly outcome: "made"; readonly pictures: readonly Uint8Array[] }
  /** The content filter refused; `message` is for the user. */
  | { readonly outcome: "refused"; readonly message: string };

/** A vendor whose API has no jobs: one call that lasts as long as the pictures take. */
export interface PictureMaker {
  readonly name: string;
  readonly pollIntervalMs: number;
  /** Calls at once from this process; further ones wait here. */
  readonly maxConcurrent: number;
  /** @throws AppError `provider_failed`, `provider_timeout` */
  make(run: { readonly id: string; readonly request: ImageRequest; readonly signal: AbortSignal }): Promise<Made>;
  /** How far the call is, 0 to 1, where the vendor tells. */
  progress?(runId: string, signal: AbortSignal): Promise<number>;
  /** Ends the vendor's work, where it can be ended. @param isOurs whether this process has the call under way */
  interrupt?(runId: string, isOurs: boolean): Promise<void>;
}

/** Where each call of a vendor passes through: its circuit. */
export type Guard = <T>(signal: AbortSignal, call: () => Promise<T>) => Promise<T>;

export interface RunOptions {
  readonly clock?: Clock | undefined;
  readonly guard?: Guard | undefined;
}

const unguarded: Guard = (_signal, call) => call();

interface Run {
  readonly id: string;
  readonly abort: AbortController;
  state:
    | { readonly kind: "waiting" | "calling" }
    | { readonly kind: "made"; readonly pictures: readonly Uint8Array[]; readonly at: number }
    | { readonly kind: "refused"; readonly message: string; readonly at: number }
    | { readonly kind: "failed"; readonly error: AppError; readonly at: number };
  readonly taken: Set<number>;
}

/** How long results wait to be taken, in ms, and how much of them is kept, in bytes. */
const keptMs = 15 * 60_000;
const maxKeptBytes = 256 * 1_048_576;

/**
 * Shows such a vendor as one with jobs. The call goes on in this process, whoever waits for it, and its pictures stay in
 * memory until they are taken. A job's id follows from the generation; a process that is asked after a job which it does
 * not have (the one that had it died) begins it anew, with the same seed.
 */
export function createSynchronousImageProvider(
  maker: PictureMaker,
  { clock = systemClock, guard = unguarded }: RunOptions,
): ImageProvider {
  const runs = new Map<string, Run>();
  const gate = createGate(maker.maxConcurrent);

  const idOf = (request: ImageRequest) => `${maker.name}_${request.generationId}`;

  function begin(request: ImageRequest): Run {
    const run: Run = {
      id: idOf(request),
      abort: new AbortController(),
      state: { kind: "waiting" },
      taken: new Set(),
    };
    runs.set(run.id, run);
    void gate(() => carryOut(run, request)).finally(forgetOld);
    return run;
  }

  async function carryOut(run: Run, request: ImageRequest): Promise<void> {
    const { signal } = run.abort;
    if (signal.aborted) return;
    try {
      run.state = { kind: "calling" };
      run.state = settled(await guard(signal, () => maker.make({ id: run.id, request, signal })), request);
    } catch (error) {
      const failure = isAppError(error) ? error : unreadable(maker.name, error);
      run.state = { kind: "failed", error: failure, at: clock.now().getTime() };
    }
  }

  function settled(made: Made, request: ImageRequest): Run["state"] {
    const at = clock.now().getTime();
    if (made.outcome === "refused") return { kind: "refused", message: made.message, at };
    if (made.pictures.length < request.numImages) throw unreadable(maker.name, new Error("too few pictures"));
    return { kind: "made", pictures: made.pictures.slice(0, request.numImages), at };
  }

  /** Results that nobody took, oldest first, until what is left is neither old nor too much. */
  function forgetOld(): void {
    const now = clock.now().getTime();
    let keptBytes = 0;
    for (const run of [...runs.values()].reverse()) {
      if (!("at" in run.state)) continue;
      if (run.state.kind === "made") {
        keptBytes += run.state.pictures.reduce((sum, picture) => sum + picture.byteLength, 0);
      }
      if (now - run.state.at > keptMs || keptBytes > maxKeptBytes) runs.delete(run.id);
    }
  }

  async function look(run: Run, signal: AbortSignal): Promise<Prediction> {
    const { id, state } = run;
    switch (state.kind) {
      case "waiting":
        return { id, status: "running", progress: 0, outputs: [] };
      case "calling":
        // A vendor that cannot tell its progress works all the same.
        return {
          id,
          status: "running",
          progress: (await maker.progress?.(id, signal).catch(() => 0)) ?? 0,
          outputs: [],
        };
      case "made":
        return { id, status: "succeeded", progress: 1, outputs: state.pictures.map((_, index) => `${id}/${index}`) };
      case "refused":
        return {
          id,
          status: "failed",
          progress: 0,
          outputs: [],
          error: { code: "content_filter", message: state.message, isRetryable: false },
        };
      case "failed":
        // Whoever asks again wants another try.
        runs.delete(id);
        throw state.error;
    }
  }

  return {
    name: maker.name,
    pollIntervalMs: maker.pollIntervalMs,

    create: async (request, signal) => {
      if (signal.aborted) throw givenUp(maker.name, signal);
      const known = runs.get(idOf(request));
      const { id } = known === undefined || known.state.kind === "failed" ? begin(request) : known;
      return { id, status: "running", progress: 0, outputs: [] };
    },

    get: async (predictionId, request, signal) => {
      if (predictionId !== idOf(request)) {
        throw new AppError("provider_failed", { detail: `${maker.name} knows no such job.` });
      }
      return look(runs.get(predictionId) ?? begin(request), signal);
    },

    cancel: async (predictionId) => {
      const run = runs.get(predictionId);
      runs.delete(predictionId);
      run?.abort.abort();
      if (run === undefined || run.state.kind === "calling") {
        await maker.interrupt?.(predictionId, run !== undefined);
      }
    },

    download: async (output, request) => {
      const run = runs.get(idOf(request));
      const index = Number(output.slice(output.lastIndexOf("/") + 1));
      const picture = run?.state.kind === "made" ? run.state.pictures[index] : undefined;
      if (run === undefined || picture === undefined) {
        throw new AppError("provider_failed", {
          detail: `The pictures of ${maker.name} are no longer in memory.`,
          isRetryable: true,
        });
      }
      run.taken.add(index);
      if (run.taken.size === request.numImages) runs.delete(run.id);
      return picture;
    },
  };
}

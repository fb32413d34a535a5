import type { AxiosInstance } from "axios";
import { systemClock } from "../../platform/clock.ts";
import type { ImageProvider, ImageRequest } from "../../ports/providers.ts";
import {
  failureOfStatus,
  isTimeout,
  RefusedStatus,
  readRetryAfter,
  timedOut,
  unreachable,
  unreadable,
} from "../failures.ts";
import { decodePicture } from "../pictures.ts";
import { createSynchronousImageProvider, type Made, type RunOptions } from "../synchronous-images.ts";
import { defaultCheckpoint } from "./models.ts";
import { picturesSchema, progressSchema, type WebuiProgress } from "./schemas.ts";

export interface StableDiffusionWebuiOptions extends RunOptions {
  /** Its address; with `user:password@` where it was started with `--api-auth`. */
  readonly baseUrl: string;
  /** For one set of pictures, in ms. */
  readonly timeoutMs?: number;
}

const name = "stable-diffusion-webui";
const pollIntervalMs = 500;
const pictureTimeoutMs = 10 * 60_000;
/** Of calls that only ask or tell, in ms. */
const shortTimeoutMs = 5_000;
/** Of an answer, in bytes: four large pictures in base64. */
const maxAnswerBytes = 256 * 1_048_576;
/** How far a picture goes from the initial one when nobody says. */
const defaultStrength = 0.75;

/**
 * Pictures from a Stable Diffusion WebUI (AUTOMATIC1111's, Forge and others with its API), over axios since it has no
 * client. It makes one set after the other, so that one call at a time leaves this process; what it makes costs nothing,
 * and a run that a crash lost is simply made again.
 */
export function createStableDiffusionWebuiProvider(options: StableDiffusionWebuiOptions): ImageProvider {
  const { clock = systemClock, timeoutMs = pictureTimeoutMs } = options;
  let connection: Promise<AxiosInstance> | undefined;
  const connect = () => {
    connection ??= createConnection(options.baseUrl);
    return connection;
  };

  /** @throws AppError */
  async function ask(
    method: "GET" | "POST",
    path: string,
    call: { body?: unknown; timeoutMs: number; signal?: AbortSignal },
  ): Promise<unknown> {
    // The client's own time-out ends with the first byte; this one covers the whole answer.
    const timeout = AbortSignal.timeout(call.timeoutMs);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    try {
      const { data } = await (await connect()).request({ method, url: path, data: call.body, signal });
      return data;
    } catch (error) {
      if (timeout.aborted) throw timedOut(name, error);
      throw await toFailure(error, clock.now());
    }
  }

  const progressOf = async (signal?: AbortSignal): Promise<WebuiProgress> =>
    progressSchema.parse(
      await ask("GET", "/sdapi/v1/progress?skip_current_image=true", {
        timeoutMs: shortTimeoutMs,
        ...(signal === undefined ? {} : { signal }),
      }),
    );

  return createSynchronousImageProvider(
    {
      name,
      pollIntervalMs,
      maxConcurrent: 1,

      make: async ({ id, request, signal }) => {
        const path = request.initImage === null ? "/sdapi/v1/txt2img" : "/sdapi/v1/img2img";
        return readPictures(await ask("POST", path, { body: toBody(id, request), timeoutMs, signal }));
      },

      progress: async (runId, signal) => {
        const { progress, current_task: task } = await progressOf(signal);
        return isOther(task, runId) ? 0 : Math.min(1, Math.max(0, progress));
      },

      interrupt: async (runId, isOurs) => {
        // It interrupts whatever it is at, and others may use it too.
        const { current_task: task } = await progressOf();
        if (isOther(task, runId) || (!isOurs && task !== runId)) return;
        await ask("POST", "/sdapi/v1/interrupt", { timeoutMs: shortTimeoutMs });
      },
    },
    { clock, guard: options.guard },
  );
}

async function createConnection(baseUrl: string): Promise<AxiosInstance> {
  const { default: axios } = await import("axios");
  return axios.create({
    baseURL: baseUrl.replace(/\/+$/, ""),
    maxContentLength: maxAnswerBytes,
    maxBodyLength: maxAnswerBytes,
    maxRedirects: 0,
    // It stands in one's own network.
    proxy: false,
  });
}

function isOther(task: string | null | undefined, runId: string): boolean {
  return task !== null && task !== undefined && task !== "" && task !== runId;
}

function toBody(id: string, request: ImageRequest): Record<string, unknown> {
  const { initImage } = request;
  return {
    prompt: request.prompt,
    negative_prompt: request.negativePrompt ?? "",
    width: request.width,
    height: request.height,
    batch_size: request.numImages,
    n_iter: 1,
    seed: request.seed,
    ...(request.guidanceScale === null ? {} : { cfg_scale: request.guidanceScale }),
    ...(request.numInferenceSteps === null ? {} : { steps: request.numInferenceSteps }),
    ...(initImage === null
      ? {}
      : {
          init_images: [`data:${initImage.mimeType};base64,${Buffer.from(initImage.bytes).toString("base64")}`],
          denoising_strength: request.denoisingStrength ?? defaultStrength,
          // Crops rather than distorts what has another shape.
          resize_mode: 1,
        }),
    ...(request.model === defaultCheckpoint
      ? {}
      : { override_settings: { sd_model_checkpoint: request.model }, override_settings_restore_afterwards: false }),
    force_task_id: id,
    send_images: true,
    save_images: false,
  };
}

/** @throws AppError `provider_failed`, retryable */
function readPictures(answer: unknown): Made {
  const read = picturesSchema.safeParse(answer);
  if (!read.success) throw unreadable(name, read.error);
  const { images, info } = read.data;
  // Before the first picture there may be one that shows all of them.
  const pictures = images.slice(info.index_of_first_image).map((image) => decodePicture(name, image));
  return { outcome: "made", pictures };
}

/** Names of failures in its answers that the same request would meet again. */
const lastingFailures = /OutOfMemoryError|NansException|ValueError|TypeError/;

async function toFailure(error: unknown, now: Date) {
  const { isAxiosError } = await import("axios");
  if (!isAxiosError(error)) return unreadable(name, error);
  const { response } = error;
  if (response === undefined) {
    if (isTimeout(error)) return timedOut(name, error);
    return error.code === "ERR_BAD_RESPONSE" ? unreadable(name, error) : unreachable(name, error);
  }
  const text = JSON.stringify(response.data ?? "").slice(0, 300);
  const status = response.status === 500 && lastingFailures.test(text) ? 422 : response.status;
  return failureOfStatus(name, status, {
    retryAfterSeconds: readRetryAfter(String(response.headers["retry-after"] ?? ""), now),
    cause: new RefusedStatus(response.status, text),
  });
}

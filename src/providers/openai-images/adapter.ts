import type OpenAI from "openai";
import * as z from "zod";
import { systemClock } from "../../platform/clock.ts";
import type { ImageProvider, ImageRequest } from "../../ports/providers.ts";
import { unreadable } from "../failures.ts";
import { toProviderError } from "../openai/failures.ts";
import { decodePicture, downloadPicture } from "../pictures.ts";
import { createSynchronousImageProvider, type Made, type RunOptions } from "../synchronous-images.ts";

export interface OpenAIImagesOptions extends RunOptions {
  readonly apiKey: string;
  /** Any OpenAI-compatible endpoint; undefined for OpenAI's own. */
  readonly baseUrl: string | undefined;
  readonly fetch?: typeof fetch;
  /** For one set of pictures, in ms. */
  readonly timeoutMs?: number;
}

const name = "openai-images";
const ownBaseUrl = "https://api.openai.com/v1";
const pollIntervalMs = 250;
const pictureTimeoutMs = 4 * 60_000;
const downloadTimeoutMs = 60_000;
/** OpenAI makes many at once; each waits in memory until it is taken. */
const maxConcurrent = 16;

/** What Muse reads of the answer: each picture is there as base64 or as an address. */
const answerSchema = z.object({
  data: z.array(z.object({ b64_json: z.string().min(1).nullish(), url: z.string().min(1).nullish() })).min(1),
});

/**
 * Pictures from OpenAI and whatever speaks its images protocol, through the official client. Its API has no jobs, so that
 * a run which a crash lost is made, and paid, again; nothing else repeats a request.
 */
export function createOpenAIImagesProvider(options: OpenAIImagesOptions): ImageProvider {
  const { clock = systemClock, timeoutMs = pictureTimeoutMs, fetch: ownFetch = fetch } = options;
  let client: Promise<OpenAI> | undefined;

  async function connect(): Promise<OpenAI> {
    const { default: Client } = await import("openai");
    return new Client({
      apiKey: options.apiKey,
      baseURL: options.baseUrl ?? ownBaseUrl,
      timeout: timeoutMs,
      maxRetries: 0,
      fetch: ownFetch,
    });
  }

  async function ask(request: ImageRequest, signal: AbortSignal): Promise<unknown> {
    client ??= connect();
    const { images } = await client;
    const asked = {
      model: request.model,
      prompt: request.prompt,
      n: request.numImages,
      size: `${request.width}x${request.height}` as "1024x1024",
    };
    if (request.initImage === null) return images.generate(asked, { signal });
    const { toFile } = await import("openai");
    const { bytes, mimeType } = request.initImage;
    const image = await toFile(bytes, `start.${mimeType.split("/")[1] ?? "png"}`, { type: mimeType });
    return images.edit({ ...asked, image }, { signal });
  }

  async function readPictures(answer: unknown, signal: AbortSignal): Promise<Made> {
    const read = answerSchema.safeParse(answer);
    if (!read.success) throw unreadable(name, read.error);
    const pictures: Uint8Array[] = [];
    for (const { b64_json: base64, url } of read.data.data) {
      if (base64) pictures.push(decodePicture(name, base64));
      else if (url) pictures.push(await download(url, signal));
    }
    return { outcome: "made", pictures };
  }

  const download = (url: string, signal: AbortSignal) =>
    downloadPicture(
      {
        provider: name,
        fetch: ownFetch,
        clock,
        timeoutMs: downloadTimeoutMs,
        apiUrl: new URL(options.baseUrl ?? ownBaseUrl),
      },
      url,
      signal,
    );

  return createSynchronousImageProvider(
    {
      name,
      pollIntervalMs,
      maxConcurrent,
      make: async ({ request, signal }) => {
        try {
          return await readPictures(await ask(request, signal), signal);
        } catch (error) {
          if (isRefusal(error)) {
            return { outcome: "refused", message: "The provider's content filter refused the prompt or the picture." };
          }
          throw await toProviderError(name, error);
        }
      },
    },
    { clock, guard: options.guard },
  );
}

/** The codes by which OpenAI's moderation and its older content filter tell that they refused. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { status, code } = error as { status?: unknown; code?: unknown };
  if (code === "content_policy_violation" || code === "moderation_blocked" || code === "content_filter") return true;
  return status === 400 && /safety system|content policy|content filter/i.test(error.message);
}

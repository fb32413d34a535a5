import type Replicate from "replicate";
import { systemClock } from "../../platform/clock.ts";
import type { Clock } from "../../ports/platform.ts";
import type { ImageProvider, ImageRequest, Prediction } from "../../ports/providers.ts";
import { statusOf } from "../failures.ts";
import { downloadPicture } from "../pictures.ts";
import { withRetries } from "../retries.ts";
import { type CallReplicate, connectReplicate } from "./client.ts";
import { modelInput, splitVersion } from "./models.ts";
import { type ReplicatePrediction, readPrediction, readPredictions, toPrediction } from "./predictions.ts";

export interface ReplicateOptions {
  readonly apiToken: string;
  /** Undefined: Replicate's own. */
  readonly baseUrl?: string | undefined;
  /** Where Replicate's webhooks reach Muse over TLS, without query; undefined where they cannot. */
  readonly webhookUrl?: string | undefined;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** For one request to the API, in ms. */
  readonly timeoutMs?: number;
}

const name = "replicate";
const ownBaseUrl = "https://api.replicate.com/v1";
const pollIntervalMs = 500;
const requestTimeoutMs = 30_000;
const downloadTimeoutMs = 60_000;
/** Replicate takes small files inside of the input, and wants larger ones uploaded first. In bytes. */
const maxInlineBytes = 256 * 1_024;
/** Pages of the list of predictions (100 each) that are searched for a lost one. */
const maxPages = 3;
/** Replicate's clock and ours may differ by this much, in ms. */
const clockSkewMs = 60_000;
/** A prediction that ended in one of these is not worth going on with. */
const wastedStatuses: readonly string[] = ["failed", "canceled", "aborted"];
/** How a server tells that it does not have something of the protocol. */
const missingStatuses: readonly number[] = [404, 405, 501];
const isMissing = (error: unknown) => missingStatuses.includes(statusOf(error) ?? 0);

/**
 * Pictures from models on Replicate, through the official client.
 *
 * A prediction that was begun is never paid twice. The request that begins one is sent once, and one that may have got
 * through without an answer (time-out, reset, garbage, a crash before the id was stored) is looked for before another is
 * begun: `findCreated` knows it by the webhook, which names the generation, or by prompt and seed. The webhook also
 * brings its id when nobody looks.
 */
export function createReplicateProvider(options: ReplicateOptions): ImageProvider {
  const { apiToken, webhookUrl, clock = systemClock, fetch: ownFetch = fetch } = options;
  const baseUrl = options.baseUrl ?? ownBaseUrl;
  const timeoutMs = options.timeoutMs ?? requestTimeoutMs;
  const call = connectReplicate({ apiToken, baseUrl, clock, timeoutMs, fetch: ownFetch });

  const webhookOf = (request: ImageRequest) =>
    webhookUrl === undefined ? undefined : `${webhookUrl}?generation_id=${encodeURIComponent(request.generationId)}`;

  return {
    name,
    pollIntervalMs,

    create: async (request, signal) => {
      const input = { ...modelInput(request), ...(await startingPicture(call, request, signal)) };
      const webhook = webhookOf(request);
      const asked = {
        input,
        // Without it the API answers at once: nothing is gained by holding the request while the pictures are made.
        wait: false,
        signal,
        ...(webhook === undefined ? {} : { webhook, webhook_events_filter: ["completed" as const] }),
      };
      return toPrediction(readPrediction(await begin(call, request.model, asked)), request);
    },

    findCreated: async (request, since, signal) => {
      const earliest = since.getTime() - clockSkewMs;
      const newest = await withRetries(clock, signal, () =>
        call(signal, (client) => listSince(client, earliest, signal)).catch(noneWithoutList),
      );
      return newest
        .filter((prediction) => !isBefore(prediction, earliest) && isOf(prediction, request, webhookOf(request)))
        .filter(({ status }) => !wastedStatuses.includes(status))
        .map(({ id }) => ({ id, status: "running", progress: 0, outputs: [] }));
    },

    get: async (predictionId, request, signal) => {
      try {
        const answer = await withRetries(clock, signal, () =>
          call(signal, (client) => client.predictions.get(predictionId, { signal })),
        );
        return toPrediction(readPrediction(answer), request);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        return lost(predictionId);
      }
    },

    cancel: async (predictionId) => {
      try {
        await withRetries(clock, undefined, () => call(undefined, (client) => client.predictions.cancel(predictionId)));
      } catch (error) {
        // What has ended, or is not there, needs no cancelling.
        const status = statusOf(error);
        if (status === undefined || status >= 500 || status === 401 || status === 429) throw error;
      }
    },

    download: (output, _request, signal) =>
      downloadPicture(
        {
          provider: name,
          fetch: ownFetch,
          clock,
          timeoutMs: downloadTimeoutMs,
          apiUrl: new URL(baseUrl),
          apiHeaders: { authorization: `Bearer ${apiToken}` },
        },
        output,
        signal,
      ),
  };
}

type Asked = Omit<Parameters<Replicate["predictions"]["create"]>[0], "model" | "version"> & {
  readonly signal: AbortSignal;
};

/**
 * Begins a prediction at the model's own address, or at the one for versions. Models of the community have only the
 * second, where their newest version is run; a server of the same protocol may have only one of the two. Nothing is begun
 * where the answer is that there is no such thing.
 */
async function begin(call: CallReplicate, providerModel: string, asked: Asked): Promise<unknown> {
  const { model, version } = splitVersion(providerModel);
  const create = (of: { version: string } | { model: string }) =>
    call(asked.signal, (client) => client.predictions.create({ ...asked, ...of }));
  try {
    return await create(version === undefined ? { model } : { version });
  } catch (error) {
    if (!isMissing(error)) throw error;
    return create(version === undefined ? { version: await newestVersion(call, model, asked.signal) } : { model });
  }
}

/** The id of the version; the model's name, which official models take too, where there is no telling. */
async function newestVersion(call: CallReplicate, model: string, signal: AbortSignal): Promise<string> {
  const [owner = "", name = ""] = model.split("/");
  try {
    const { latest_version } = await call(signal, (client) => client.models.get(owner, name, { signal }));
    return latest_version?.id ?? model;
  } catch (error) {
    if (isMissing(error)) return model;
    throw error;
  }
}

/** Replicate knows no such prediction: another one has to be begun. */
function lost(id: string): Prediction {
  return {
    id,
    status: "failed",
    progress: 0,
    outputs: [],
    error: { code: "provider_failed", message: "Replicate has lost the prediction.", isRetryable: true },
  };
}

/**
 * The picture to start from: inside of the input when it is small, else uploaded. A server of the same protocol may have
 * no uploads.
 */
async function startingPicture(
  call: CallReplicate,
  { initImage }: ImageRequest,
  signal: AbortSignal,
): Promise<{ image?: string }> {
  if (initImage === null) return {};
  const { bytes, mimeType } = initImage;
  const inline = () => ({ image: `data:${mimeType};base64,${Buffer.from(bytes).toString("base64")}` });
  if (bytes.byteLength <= maxInlineBytes) return inline();
  const file = new File([Buffer.from(bytes)], `start.${mimeType.split("/")[1] ?? "png"}`, { type: mimeType });
  try {
    const uploaded = await call(signal, (client) => client.files.create(file, {}, { signal }));
    return { image: uploaded.urls.get };
  } catch (error) {
    if (isMissing(error)) return inline();
    throw error;
  }
}

/** The account's newest predictions, as far back as asked, but not without end. */
async function listSince(client: Replicate, earliest: number, signal: AbortSignal): Promise<ReplicatePrediction[]> {
  const found: ReplicatePrediction[] = [];
  let pages = 0;
  for await (const page of client.paginate(() => client.predictions.list({ signal }), { signal })) {
    const read = readPredictions(page);
    found.push(...read);
    pages += 1;
    const oldest = read.at(-1);
    if (pages === maxPages || oldest === undefined || isBefore(oldest, earliest)) break;
  }
  return found;
}

/** A server of the same protocol may have no list; then there is nothing to be found. */
function noneWithoutList(error: unknown): ReplicatePrediction[] {
  if (isMissing(error)) return [];
  throw error;
}

function isBefore({ created_at }: ReplicatePrediction, earliest: number): boolean {
  const time = Date.parse(created_at ?? "");
  return !Number.isNaN(time) && time < earliest;
}

/** A prediction that tells its webhook belongs to the generation that the webhook names, and to no other. */
function isOf({ webhook, input }: ReplicatePrediction, request: ImageRequest, expected: string | undefined): boolean {
  if (webhook !== null && webhook !== undefined && expected !== undefined) return webhook === expected;
  return input?.seed === request.seed && input?.prompt === request.prompt;
}

import type { ImageModel, ImageProvider } from "../ports/providers.ts";
import { placeholderKey } from "./chat-registry.ts";
import { type CircuitOf, guardImageProvider } from "./circuit.ts";
import { type ModelEntry, readModelEntry } from "./model-entry.ts";
import { createOpenAIImagesProvider } from "./openai-images/adapter.ts";
import { describeOpenAIImageModel } from "./openai-images/models.ts";
import { createReplicateProvider } from "./replicate/adapter.ts";
import { describeReplicateModel, replicateDefaultModels } from "./replicate/models.ts";
import { createStableDiffusionWebuiProvider } from "./stable-diffusion-webui/adapter.ts";
import { defaultCheckpoint, describeWebuiModel } from "./stable-diffusion-webui/models.ts";

export interface ImageSettings {
  readonly PUBLIC_BASE_URL: string;
  readonly OPENAI_API_KEY?: string | undefined;
  readonly OPENAI_BASE_URL?: string | undefined;
  readonly REPLICATE_API_TOKEN?: string | undefined;
  readonly REPLICATE_BASE_URL?: string | undefined;
  readonly REPLICATE_WEBHOOK_SECRET?: string | undefined;
  readonly SD_WEBUI_URL?: string | undefined;
  readonly IMAGE_MODELS: readonly string[];
}

interface ImageOffer {
  readonly providers: readonly ImageProvider[];
  readonly models: readonly ImageModel[];
}

/** What a real provider is made of. */
interface Vendor {
  readonly provider: ImageProvider;
  /** What it offers by itself. */
  readonly defaultModels: readonly string[];
  describe(providerModel: string): Omit<ImageModel, "id">;
}

/**
 * The image models of this deployment: those of `IMAGE_MODELS`, then what Replicate and Stable Diffusion WebUI offer by
 * themselves. OpenAI's are offered only where they are named: its key is for chat first, and its pictures are dear. The
 * simulated ones are offered where they are named, or nothing else is.
 */
export function imageOffer(settings: ImageSettings, simulated: ImageOffer, circuitOf: CircuitOf): ImageOffer {
  const vendors = configuredVendors(settings, circuitOf);
  const entries = [...settings.IMAGE_MODELS.map(readModelEntry), ...vendors.flatMap(defaultEntries)];
  const models = entries.flatMap((entry) => {
    if (entry.provider === "simulated") return namedSimulated(simulated, entry.model);
    const vendor = vendors.find(({ provider }) => provider.name === entry.provider);
    return vendor === undefined ? [] : [vendor.describe(entry.model)];
  });
  return {
    models: models.length === 0 ? simulated.models : withIds(models),
    // Jobs of a model that is offered no longer still end, so that all providers stay to be had.
    providers: [...vendors.map(({ provider }) => provider), ...simulated.providers],
  };
}

/** The simulated provider paints under any name. */
function namedSimulated({ models }: ImageOffer, providerModel: string): Omit<ImageModel, "id">[] {
  const model = models.find((known) => known.providerModel === providerModel) ?? models[0];
  return model === undefined ? [] : [{ ...model, providerModel }];
}

function defaultEntries({ provider, defaultModels }: Vendor): ModelEntry[] {
  return defaultModels.map((model) => ({ provider: provider.name, model }));
}

/** Clients name a model as its provider does; of two with one name the later one has the provider before it. */
function withIds(models: readonly (Omit<ImageModel, "id"> & { readonly id?: string })[]): ImageModel[] {
  const made = new Map<string, ImageModel>();
  for (const model of models) {
    const full = `${model.provider}:${model.providerModel}`;
    if ([...made.values()].some((other) => `${other.provider}:${other.providerModel}` === full)) continue;
    const isPlain = model.providerModel !== defaultCheckpoint && !made.has(model.providerModel);
    const id = isPlain ? model.providerModel : full;
    made.set(id, { ...model, id });
  }
  return [...made.values()];
}

function configuredVendors(settings: ImageSettings, circuitOf: CircuitOf): Vendor[] {
  const vendors: Vendor[] = [];
  if (settings.REPLICATE_API_TOKEN !== undefined) {
    vendors.push({
      provider: guardImageProvider(
        createReplicateProvider({
          apiToken: settings.REPLICATE_API_TOKEN,
          baseUrl: settings.REPLICATE_BASE_URL,
          webhookUrl: webhookUrl(settings),
        }),
        circuitOf("replicate"),
      ),
      defaultModels: replicateDefaultModels,
      describe: describeReplicateModel,
    });
  }
  if (settings.SD_WEBUI_URL !== undefined) {
    vendors.push({
      provider: createStableDiffusionWebuiProvider({
        baseUrl: settings.SD_WEBUI_URL,
        guard: circuitOf("stable-diffusion-webui").execute,
      }),
      defaultModels: [defaultCheckpoint],
      describe: describeWebuiModel,
    });
  }
  if (settings.OPENAI_API_KEY !== undefined || settings.OPENAI_BASE_URL !== undefined) {
    vendors.push({
      provider: createOpenAIImagesProvider({
        apiKey: settings.OPENAI_API_KEY ?? placeholderKey,
        baseUrl: settings.OPENAI_BASE_URL,
        guard: circuitOf("openai-images").execute,
      }),
      defaultModels: [],
      describe: describeOpenAIImageModel,
    });
  }
  return vendors;
}

const localHost = /^(localhost|.*\.local|127\..*|10\..*|192\.168\..*|\[.*\])$/;

/** Replicate calls addresses over TLS only, and reaches none of a private network; a stand-in inside of one does. */
function webhookUrl(settings: ImageSettings): string | undefined {
  const { PUBLIC_BASE_URL, REPLICATE_BASE_URL, REPLICATE_WEBHOOK_SECRET } = settings;
  const { protocol, hostname } = new URL(PUBLIC_BASE_URL);
  const isNear = REPLICATE_BASE_URL !== undefined && localHost.test(new URL(REPLICATE_BASE_URL).hostname);
  const isReachable = isNear || (protocol === "https:" && !localHost.test(hostname));
  // Without the secret nobody could tell Replicate's calls from others'.
  return isReachable && REPLICATE_WEBHOOK_SECRET !== undefined
    ? `${PUBLIC_BASE_URL}/api/webhooks/replicate`
    : undefined;
}

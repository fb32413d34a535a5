import { createConversations } from "../../../src/database/conversations.ts";
import { createLedger } from "../../../src/database/credit-ledger.ts";
import { createGallery } from "../../../src/database/gallery.ts";
import { createGenerationWebhooks } from "../../../src/database/generation-webhooks.ts";
import { createGenerations } from "../../../src/database/generations.ts";
import { createImageHomes } from "../../../src/database/image-homes.ts";
import { createImages } from "../../../src/database/images.ts";
import { createMessages } from "../../../src/database/messages.ts";
import { createUsers } from "../../../src/database/users.ts";
import { createWebhookSecrets } from "../../../src/database/webhook-secrets.ts";
import type { Generation } from "../../../src/domain/generation.ts";
import type { SubscriptionTier } from "../../../src/domain/plans.ts";
import { newGuest } from "../../../src/domain/user.ts";
import { receiveGeneration } from "../../../src/operations/generations/receive-generation.ts";
import { submitGeneration } from "../../../src/operations/generations/submit-generation.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { createIds } from "../../../src/platform/ids.ts";
import type { ImageModel, ImageProvider, ImageRequest, Prediction } from "../../../src/ports/providers.ts";
import { submitGenerationBody } from "../../../src/schemas/generations.ts";
import { silentLogger, type TestDatabase } from "../database/support.ts";

const model: ImageModel = {
  id: "fake",
  provider: "fake",
  providerModel: "fake",
  minEdge: 1,
  maxEdge: 4_096,
  edgeMultiple: 1,
  sizes: null,
  maxImages: 4,
  maxSteps: 150,
  guidance: { min: 1, max: 20 },
  supportsNegativePrompt: true,
  supportsSeed: true,
  supportsImageInput: true,
  creditsPerImage: 1,
};

/** Ends every job at once, unless a test replaces a call. Counts what it is asked. */
export function createFakeProvider(replaced: Partial<ImageProvider> = {}) {
  const asked = { created: [] as string[], cancelled: [] as string[] };
  const provider: ImageProvider = {
    name: "fake",
    pollIntervalMs: 10,
    get: async (id) => succeeded(id),
    download: async () => Buffer.from("picture"),
    ...replaced,
    create: async (request: ImageRequest, signal: AbortSignal) => {
      asked.created.push(request.generationId);
      return replaced.create?.(request, signal) ?? succeeded(`fake_${request.generationId}`);
    },
    cancel: async (id) => {
      asked.cancelled.push(id);
    },
  };
  return { provider, asked };
}

export const running = (id: string, progress = 0): Prediction => ({ id, status: "running", progress, outputs: [] });
export const succeeded = (id: string): Prediction => ({ id, status: "succeeded", progress: 1, outputs: ["one"] });

type Dependencies = Parameters<typeof receiveGeneration>[0];

/** A worker's world: the real database, and in the place of all else what costs no time. */
export function createWorld({ database }: TestDatabase, provider: ImageProvider) {
  const ids = createIds();
  const queue: { generationId: string; dueAt: number }[] = [];
  const webhooks: string[] = [];
  const users = createUsers(database);
  const dependencies = {
    users,
    ledger: createLedger(database),
    conversations: createConversations(database),
    messages: createMessages(database),
    generations: createGenerations(database),
    gallery: createGallery(database),
    images: createImages(database),
    imageHomes: createImageHomes(database),
    imageHosts: [],
    generationWebhooks: createGenerationWebhooks(database),
    webhookSecrets: createWebhookSecrets(database),
    webhookQueue: { send: async ({ generationId }: { generationId: string }) => void webhooks.push(generationId) },
    generationQueue: {
      send: async (sent: { generationId: string; delaySeconds?: number }) => {
        queue.push({ generationId: sent.generationId, dueAt: Date.now() + (sent.delaySeconds ?? 0) * 1_000 });
      },
    },
    userSettings: { find: async () => null },
    blobs: {
      put: async ({ name }: { name: string }) => `https://blobs.example/${name}`,
      remove: async () => undefined,
    },
    localCache: { put: async () => undefined, get: async () => null, remove: async () => undefined },
    imageProcessor: {
      inspect: async () => ({ width: 1, height: 1, mimeType: "image/png", carriesMetadata: false }),
      thumbnail: async (bytes: Uint8Array) => bytes,
      preview: async (bytes: Uint8Array) => bytes,
      perceptualHash: async () => "0000000000000000",
    },
    guardedHttp: { refusal: () => null },
    imageLinks: (id: string) => `https://muse.example/${id}`,
    providers: async () => ({
      chatModels: [],
      imageModels: [model],
      imageProvider: async () => provider,
      requireAvailable: () => undefined,
    }),
    stuckAfterMs: 60_000,
    clock: systemClock,
    ids,
    logger: silentLogger,
  } as unknown as Dependencies;

  return {
    dependencies,
    queue,
    webhooks,
    generations: dependencies.generations,
    addUser: async (tier: SubscriptionTier = "free") => {
      const userId = ids.next("user");
      const user = newGuest({ userId, now: new Date() });
      await users.insert({ ...user, subscription_tier: tier, credits_remaining: 100, credits_granted: 100 });
      return userId;
    },
    submit: async (userId: string, fields: object = {}) => {
      const body = submitGenerationBody.parse({ prompt: "x", ...fields });
      return (await submitGeneration(dependencies, { userId, body })).id;
    },
    receive: (generationId: string) => receiveGeneration(dependencies, { generation_id: generationId }),
    job: async (generationId: string): Promise<Generation> => {
      const found = await dependencies.generations.findById(generationId);
      if (found === null) throw new Error("no such job");
      return found;
    },
    /** Takes messages in their order, `workers` at a time, until none is left. */
    drain: async (workers: number) => {
      const work = async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          await receiveGeneration(dependencies, { generation_id: next.generationId });
        }
      };
      await Promise.all(Array.from({ length: workers }, work));
      await work();
    },
    books: async (userId: string) => {
      const user = await users.findById(userId);
      if (user === null) throw new Error("no such user");
      const held = Object.values(user.credit_holds).reduce((sum, credits) => sum + credits, 0);
      return {
        held,
        spent: user.credits_spent,
        difference: user.credits_granted - user.credits_remaining - held - user.credits_spent,
      };
    },
  };
}

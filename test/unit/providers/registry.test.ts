import { describe, expect, it } from "vitest";
import { createExtensions } from "../../../src/local/simulated/index.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { createProviderRegistry, type ProviderSettings } from "../../../src/providers/registry.ts";

const ignore = () => undefined;
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const none: ProviderSettings = { PUBLIC_BASE_URL: "http://localhost:7071", CHAT_MODELS: [], IMAGE_MODELS: [] };

const registry = (settings: Partial<ProviderSettings>, isLocal = true) =>
  createProviderRegistry({ logger }, { ...none, ...settings }, async () =>
    isLocal ? createExtensions({ clock: systemClock }) : null,
  );

const pictures = async (settings: Partial<ProviderSettings>, isLocal = true) =>
  (await registry(settings, isLocal)).imageModels.map(({ id }) => id);

describe("chat models", () => {
  it("begin with those of CHAT_MODELS in their order, simulated ones under any name", async () => {
    const CHAT_MODELS = ["simulated:muse-text", "openai:gpt-4o", "simulated:other"];
    const { chatModels } = await registry({ OPENAI_API_KEY: "sk", CHAT_MODELS });
    expect(chatModels.map(({ id }) => id)).toEqual(["muse-text", "gpt-4o", "other", "muse-chat"]);
  });
});

describe("image models", () => {
  it("are simulated where nothing real is configured, also beside a chat model of OpenAI's", async () => {
    expect(await pictures({})).toEqual(["muse-image"]);
    expect(await pictures({ OPENAI_API_KEY: "sk" })).toEqual(["muse-image"]);
    expect(await pictures({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1" })).toEqual(["muse-image"]);
    expect(await pictures({}, false)).toEqual([]);
  });

  it("are what a configured provider offers by itself", async () => {
    const [first, second] = await pictures({ REPLICATE_API_TOKEN: "r8" });
    expect(first).toMatch(/^stability-ai\/sdxl:[0-9a-f]{64}$/);
    expect(second).toBe("black-forest-labs/flux-schnell");
    expect(await pictures({ SD_WEBUI_URL: "http://127.0.0.1:7860" })).toEqual(["stable-diffusion-webui:default"]);
  });

  it("begin with those of IMAGE_MODELS, in their order and each once", async () => {
    const settings = {
      REPLICATE_API_TOKEN: "r8",
      OPENAI_API_KEY: "sk",
      SD_WEBUI_URL: "http://127.0.0.1:7860",
      IMAGE_MODELS: [
        "openai-images:gpt-image-1",
        "simulated:muse-image",
        "replicate:owner/name:abc",
        "stable-diffusion-webui:gpt-image-1",
        "openai-images:gpt-image-1",
      ],
    };
    const { imageModels } = await registry(settings);
    expect(imageModels.map(({ id, provider, providerModel }) => [id, provider, providerModel])).toEqual([
      ["gpt-image-1", "openai-images", "gpt-image-1"],
      ["muse-image", "simulated", "muse-image"],
      ["owner/name:abc", "replicate", "owner/name:abc"],
      ["stable-diffusion-webui:gpt-image-1", "stable-diffusion-webui", "gpt-image-1"],
      [expect.stringMatching(/^stability-ai\/sdxl:/), "replicate", expect.any(String)],
      ["black-forest-labs/flux-schnell", "replicate", "black-forest-labs/flux-schnell"],
      ["stable-diffusion-webui:default", "stable-diffusion-webui", "default"],
    ]);
    const onlyNamed = { OPENAI_API_KEY: "sk", IMAGE_MODELS: ["openai-images:gpt-image-1"] };
    expect(await pictures(onlyNamed)).toEqual(["gpt-image-1"]);
    expect(await pictures({ IMAGE_MODELS: ["simulated:other", "simulated:muse-image"] })).toEqual([
      "other",
      "muse-image",
    ]);
  });

  it("keep the provider of jobs that are under way when another one is offered", async () => {
    const { imageProvider } = await registry({ REPLICATE_API_TOKEN: "r8" });
    expect((await imageProvider("simulated")).name).toBe("simulated");
    await expect(imageProvider("nobody")).rejects.toMatchObject({ code: "unavailable" });
  });

  it("have limits that agree with each other", async () => {
    const all = [
      ...(await registry({ REPLICATE_API_TOKEN: "r8", IMAGE_MODELS: ["replicate:black-forest-labs/flux-dev"] }))
        .imageModels,
      ...(await registry({ REPLICATE_API_TOKEN: "r8" })).imageModels,
      ...(
        await registry({
          OPENAI_API_KEY: "sk",
          IMAGE_MODELS: ["gpt-image-1", "dall-e-2", "dall-e-3", "other"].map((model) => `openai-images:${model}`),
        })
      ).imageModels,
    ];
    for (const model of all) {
      expect(model.creditsPerImage).toBeGreaterThan(0);
      for (const size of model.sizes ?? []) {
        const edges = size.split("x").map(Number);
        expect(Math.min(...edges)).toBeGreaterThanOrEqual(model.minEdge);
        expect(Math.max(...edges)).toBeLessThanOrEqual(model.maxEdge);
        expect(edges.every((edge) => edge % model.edgeMultiple === 0)).toBe(true);
      }
    }
  });
});

describe("a provider that keeps failing", () => {
  it("refuses at once and counts its pictures' failures alone; the simulated one is never left alone", async () => {
    const { requireAvailable, imageProvider } = await registry({
      SD_WEBUI_URL: "http://127.0.0.1:9",
      OPENAI_API_KEY: "sk",
    });
    const provider = await imageProvider("stable-diffusion-webui");
    const request = {
      generationId: "gen_1",
      model: "stable-diffusion-webui:default",
      prompt: "x",
      negativePrompt: null,
      width: 512,
      height: 512,
      numImages: 1,
      guidanceScale: null,
      numInferenceSteps: null,
      seed: 1,
      initImage: null,
      denoisingStrength: null,
    };
    const { signal } = new AbortController();
    let failures = 0;
    while (failures < 8) {
      const { status } = await provider
        .get("stable-diffusion-webui_gen_1", request, signal)
        .catch(() => ({ status: "error" }));
      if (status === "error") failures += 1;
      else await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(() => requireAvailable("stable-diffusion-webui")).toThrow(expect.objectContaining({ code: "unavailable" }));
    requireAvailable("openai");
    requireAvailable("openai-images");
    requireAvailable("simulated");
  });
});

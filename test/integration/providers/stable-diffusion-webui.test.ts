import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import {
  createStableDiffusionWebuiProvider,
  type StableDiffusionWebuiOptions,
} from "../../../src/providers/stable-diffusion-webui/adapter.ts";
import {
  type Answering,
  type Answers,
  ended,
  failure,
  fixture,
  garbage,
  json,
  never,
  onePixel,
  pictureRequest,
  reset,
  type StandIn,
  silence,
  standIn,
  status,
  timeoutFor,
  until,
} from "./stand-in.ts";

const make = "POST /sdapi/v1/txt2img";
const interrupt = "POST /sdapi/v1/interrupt";
const made = await fixture("stable-diffusion-webui/txt2img.json");
const progress = await fixture("stable-diffusion-webui/progress.json");
const outOfMemory = await fixture("stable-diffusion-webui/out-of-memory.json");
const request = pictureRequest({ model: "default" });
const id = "stable-diffusion-webui_gen_1";

const started: StandIn[] = [];
afterEach(() => {
  for (const vendor of started.splice(0)) vendor.close();
});

async function webui(answers: Answers, options: Partial<StableDiffusionWebuiOptions> = {}) {
  const vendor = await standIn(answers);
  started.push(vendor);
  return { vendor, provider: createStableDiffusionWebuiProvider({ baseUrl: vendor.url, ...options }) };
}

/** Holds answers back until they are let go. */
function held(answer: Answering): { answer: Answering; release(): void } {
  const gate = Promise.withResolvers<void>();
  return {
    answer: (response, seen) => void gate.promise.then(() => answer(response, seen)),
    release: () => gate.resolve(),
  };
}

describe("a run of the WebUI", () => {
  it("asks for what was asked and gives the pictures out, the overview of all left out", async () => {
    const { provider, vendor } = await webui({ [make]: json(made) });
    const asked = { ...request, negativePrompt: "fog", guidanceScale: 6.5, numInferenceSteps: 30 };
    expect(await provider.create(asked, never)).toEqual({ id, status: "running", progress: 0, outputs: [] });
    const { outputs, ...rest } = await ended(provider, id, asked);
    expect(rest).toEqual({ id, status: "succeeded", progress: 1 });
    expect(outputs).toHaveLength(2);
    for (const output of outputs) expect(onePixel.equals(await provider.download(output, asked, never))).toBe(true);
    expect(vendor.of(make)[0]?.body).toEqual({
      prompt: "a lighthouse",
      negative_prompt: "fog",
      width: 768,
      height: 512,
      batch_size: 2,
      n_iter: 1,
      seed: 7,
      cfg_scale: 6.5,
      steps: 30,
      force_task_id: id,
      send_images: true,
      save_images: false,
    });
  });

  it("starts from a picture, and of the checkpoint that is named", async () => {
    const { provider, vendor } = await webui({ "POST /sdapi/v1/img2img": json(made) });
    const asked = pictureRequest({
      model: "dreamshaper_8",
      initImage: { bytes: onePixel, mimeType: "image/png" },
      denoisingStrength: 0.3,
    });
    await provider.create(asked, never);
    expect(await ended(provider, id, asked)).toMatchObject({ status: "succeeded" });
    expect(vendor.seen[0]?.body).toMatchObject({
      init_images: [`data:image/png;base64,${onePixel.toString("base64")}`],
      denoising_strength: 0.3,
      override_settings: { sd_model_checkpoint: "dreamshaper_8" },
    });
  });

  it("tells how far it is, and not how far another's is", async () => {
    const hold = held(json(made));
    const { provider } = await webui({
      [make]: hold.answer,
      "GET /sdapi/v1/progress": [json(progress), json({ ...progress, current_task: "task(other)" }), status(500)],
    });
    await provider.create(request, never);
    const look = async () => (await provider.get(id, request, never)).progress;
    expect([await look(), await look(), await look()]).toEqual([0.45, 0, 0]);
    hold.release();
    expect(await ended(provider, id, request)).toMatchObject({ status: "succeeded" });
  });

  it("waits for the one before it", async () => {
    const hold = held(json(made));
    const { provider, vendor } = await webui({ [make]: [hold.answer, json(made)] });
    const second = pictureRequest({ model: "default", generationId: "gen_2" });
    await provider.create(request, never);
    await provider.create(second, never);
    await until(() => vendor.of(make).length === 1);
    expect(await provider.get("stable-diffusion-webui_gen_2", second, never)).toMatchObject({
      status: "running",
      progress: 0,
    });
    hold.release();
    expect(await ended(provider, "stable-diffusion-webui_gen_2", second)).toMatchObject({ status: "succeeded" });
    expect(vendor.of(make)).toHaveLength(2);
  });

  it("is made anew, with the same seed, where the process that had it is gone", async () => {
    const { provider, vendor } = await webui({ [make]: json(made) });
    expect(await ended(provider, id, request)).toMatchObject({ status: "succeeded" });
    expect(vendor.of(make).map(({ body }) => body.seed)).toEqual([7]);
  });

  it("is made once, however often it is begun, until its pictures are taken", async () => {
    const { provider, vendor } = await webui({ [make]: json(made) });
    await provider.create(request, never);
    await provider.create(request, never);
    const { outputs } = await ended(provider, id, request);
    await provider.create(request, never);
    expect(vendor.of(make)).toHaveLength(1);
    for (const output of outputs) await provider.download(output, request, never);
    const again = provider.download(outputs[0] ?? "", request, never);
    expect(await failure(again)).toMatchObject({ code: "provider_failed", isRetryable: true });
  });

  it("of another generation is unknown", async () => {
    const { provider } = await webui({});
    expect(await failure(provider.get("pred_1", request, never))).toMatchObject({
      code: "provider_failed",
      isRetryable: false,
    });
  });
});

describe("cancelling", () => {
  it("interrupts the run and hangs up", async () => {
    const { provider, vendor } = await webui({
      [make]: silence,
      "GET /sdapi/v1/progress": json(progress),
      [interrupt]: json({}),
    });
    await provider.create(request, never);
    await until(() => vendor.of(make).length === 1);
    await provider.cancel(id);
    expect(vendor.of(interrupt)).toHaveLength(1);
  });

  it("leaves alone what others make, and what waits is not made at all", async () => {
    const hold = held(json(made));
    const { provider, vendor } = await webui({
      [make]: hold.answer,
      "GET /sdapi/v1/progress": json({ ...progress, current_task: "task(other)" }),
      [interrupt]: json({}),
    });
    const second = pictureRequest({ model: "default", generationId: "gen_2" });
    await provider.create(request, never);
    await provider.create(second, never);
    await until(() => vendor.of(make).length === 1);
    await provider.cancel("stable-diffusion-webui_gen_2");
    await provider.cancel(id);
    await provider.cancel("stable-diffusion-webui_gen_of_another_process");
    hold.release();
    await delay(20);
    expect(vendor.of(interrupt)).toHaveLength(0);
    expect(vendor.of(make)).toHaveLength(1);
  });
});

describe("a fault of the WebUI", () => {
  it.each<[string, Answering, object]>([
    [
      "429",
      status(429, {}, { "retry-after": "3" }),
      { code: "provider_failed", isRetryable: true, retryAfterSeconds: 3 },
    ],
    ["500", status(500, { error: "RuntimeError" }), { code: "provider_failed", isRetryable: true }],
    ["no memory", status(500, outOfMemory), { code: "provider_failed", isRetryable: false }],
    ["no API", status(404), { code: "provider_failed", isRetryable: false }],
    ["garbage", garbage, { code: "provider_failed", isRetryable: true }],
    ["another shape", json({ images: "none" }), { code: "provider_failed", isRetryable: true }],
    ["no pictures", json({ images: [] }), { code: "provider_failed", isRetryable: true }],
    ["too few", json({ images: [onePixel.toString("base64")], info: "?" }), { isRetryable: true }],
    ["not a picture", json({ images: ["aGVsbG8=", "aGVsbG8="] }), { code: "provider_failed", isRetryable: true }],
    ["a reset", reset, { code: "provider_failed", isRetryable: true }],
    ["no answer", silence, { code: "provider_timeout", isRetryable: true }],
  ])("(%s) is told once, and the next try begins anew", async (_name, answer, expected) => {
    const { provider, vendor } = await webui({ [make]: [answer, json(made)] }, { timeoutMs: timeoutFor(answer) });
    await provider.create(request, never);
    expect(await failure(ended(provider, id, request))).toMatchObject(expected);
    expect(vendor.of(make)).toHaveLength(1);
    await provider.create(request, never);
    expect(await ended(provider, id, request)).toMatchObject({ status: "succeeded" });
  });

  it("that is not there is told as such", async () => {
    const { provider, vendor } = await webui({});
    vendor.close();
    await provider.create(request, never);
    expect(await failure(ended(provider, id, request))).toMatchObject({ code: "provider_failed", isRetryable: true });
  });
});

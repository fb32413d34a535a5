import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { isAppError } from "../../../../src/domain/errors.ts";
import { createExtensions } from "../../../../src/local/simulated/index.ts";
import type { ImageProvider, ImageRequest, Prediction } from "../../../../src/ports/providers.ts";
import { createVirtualClock, imageRequest, neverAborted, type VirtualClock } from "./support.ts";

function createProvider(clock: VirtualClock): ImageProvider {
  const [provider] = createExtensions({ clock }).imageProviders;
  if (provider === undefined) {
    throw new Error("There is no image provider.");
  }
  return provider;
}

/** Asks after a job at each of the times, in ms after its start. */
async function watch(request: ImageRequest, times: readonly number[]): Promise<Prediction[]> {
  const clock = createVirtualClock();
  const provider = createProvider(clock);
  const { id } = await provider.create(request, neverAborted());
  const seen: Prediction[] = [];
  let passedMs = 0;
  for (const time of times) {
    clock.advance(time - passedMs);
    passedMs = time;
    seen.push(await provider.get(id, request, neverAborted()));
  }
  return seen;
}

async function download(prompt: string, changes: Partial<ImageRequest> = {}, index = 0): Promise<Buffer> {
  const request = imageRequest(prompt, { numImages: 4, ...changes });
  return Buffer.from(await createProvider(createVirtualClock()).download(`sim:${index}`, request, neverAborted()));
}

describe("a job of the simulated image provider", () => {
  it("runs through ten steps in about a second and then names its pictures", async () => {
    const seen = await watch(imageRequest("a lighthouse", { numImages: 3 }), [0, 99, 100, 550, 999, 1000, 60_000]);
    expect(seen.map(({ progress }) => progress)).toEqual([0, 0, 0.1, 0.5, 0.9, 1, 1]);
    expect(seen.map(({ status }) => status)).toEqual([...Array(5).fill("running"), "succeeded", "succeeded"]);
    expect(seen[4]?.outputs).toEqual([]);
    expect(seen[5]?.outputs).toHaveLength(3);
  });

  it("is created at once, without waiting", async () => {
    const clock = createVirtualClock();
    const prediction = await createProvider(clock).create(imageRequest("[[delay:9000]] sea"), neverAborted());
    expect(clock.sleeps).toEqual([]);
    expect(prediction).toMatchObject({ status: "running", progress: 0, outputs: [] });
  });

  it("can be asked after from a process that did not start it", async () => {
    const clock = createVirtualClock();
    const request = imageRequest("mountains");
    const { id } = await createProvider(clock).create(request, neverAborted());
    const later = createVirtualClock(clock.now().getTime() + 640);
    expect(await createProvider(later).get(id, request, neverAborted())).toMatchObject({
      id,
      status: "running",
      progress: 0.6,
    });
    later.advance(400);
    const done = await createProvider(later).get(id, request, neverAborted());
    expect(done.status).toBe("succeeded");
    const [output = ""] = done.outputs;
    const picture = await createProvider(later).download(output, request, neverAborted());
    expect((await sharp(picture).metadata()).format).toBe("png");
  });

  it("is unknown under another id or to another generation", async () => {
    const clock = createVirtualClock();
    const provider = createProvider(clock);
    const { id } = await provider.create(imageRequest("sea"), neverAborted());
    for (const [wrongId, request] of [
      ["pred_1", imageRequest("sea")],
      [id, imageRequest("sea", { generationId: "gen_other" })],
    ] as const) {
      const error = await provider.get(wrongId, request, neverAborted()).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "provider_failed", isRetryable: false });
    }
  });

  it("stays cancelled where it was", async () => {
    const clock = createVirtualClock();
    const provider = createProvider(clock);
    const request = imageRequest("forest");
    const { id } = await provider.create(request, neverAborted());
    clock.advance(320);
    await provider.cancel(id);
    await provider.cancel(id);
    clock.advance(5000);
    expect(await provider.get(id, request, neverAborted())).toMatchObject({
      status: "cancelled",
      progress: 0.3,
      outputs: [],
    });
  });

  it("stays done when it is cancelled afterwards", async () => {
    const clock = createVirtualClock();
    const provider = createProvider(clock);
    const request = imageRequest("forest");
    const { id } = await provider.create(request, neverAborted());
    clock.advance(2000);
    await provider.cancel(id);
    expect((await provider.get(id, request, neverAborted())).status).toBe("succeeded");
  });

  it.each([{ width: 32 }, { height: 4096 }, { width: 100.5 }, { numImages: 5 }, { numImages: 0 }])(
    "is refused outside of the model's limits: %j",
    async (changes) => {
      const error = await createProvider(createVirtualClock())
        .create(imageRequest("sea", changes), neverAborted())
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "provider_failed", isRetryable: false });
    },
  );

  it("gives up a call whose caller gave up", async () => {
    const provider = createProvider(createVirtualClock());
    const request = imageRequest("sea");
    const { id } = await provider.create(request, neverAborted());
    const calls = [
      provider.create(request, AbortSignal.abort()),
      provider.get(id, request, AbortSignal.abort()),
      provider.download("sim:0", request, AbortSignal.abort()),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "provider_timeout", isRetryable: true } });
    }
  });
});

describe("directives in an image prompt", () => {
  it("delays the first step", async () => {
    const seen = await watch(imageRequest("[[delay:500]] sea"), [499, 600, 1500]);
    expect(seen.map(({ progress }) => progress)).toEqual([0, 0.1, 1]);
  });

  it("paces the steps", async () => {
    const seen = await watch(imageRequest("[[PACE:1000]] sea"), [900, 5000, 10_000]);
    expect(seen.map(({ progress }) => progress)).toEqual([0, 0.5, 1]);
    expect(await watch(imageRequest("[[pace:0]] sea"), [0])).toMatchObject([{ status: "succeeded" }]);
  });

  it("stalls for ever, until cancelled", async () => {
    const clock = createVirtualClock();
    const provider = createProvider(clock);
    const request = imageRequest("[[stall]] sea");
    const { id } = await provider.create(request, neverAborted());
    clock.advance(86_400_000);
    expect(await provider.get(id, request, neverAborted())).toMatchObject({ status: "running", progress: 0.5 });
    await provider.cancel(id);
    expect((await provider.get(id, request, neverAborted())).status).toBe("cancelled");
  });

  it.each([
    ["429", { code: "provider_failed", isRetryable: true, retryAfterSeconds: 1 }],
    ["500", { code: "provider_failed", isRetryable: true }],
    ["timeout", { code: "provider_timeout", isRetryable: true }],
  ])("refuses to create with %s", async (kind, expected) => {
    const clock = createVirtualClock();
    const error = await createProvider(clock)
      .create(imageRequest(`[[fail:${kind}]] [[delay:200]] sea`), neverAborted())
      .catch((thrown: unknown) => thrown);
    expect(isAppError(error)).toBe(true);
    expect(error).toMatchObject(expected);
    expect(clock.sleeps).toEqual([200]);
  });

  it.each([
    ["content_filter", "content_filter"],
    ["garbage", "provider_failed"],
  ])("fails the job with %s", async (kind, code) => {
    const [early, late] = await watch(imageRequest(`[[fail:${kind}]] [[delay:300]] sea`), [100, 300]);
    expect(early?.status).toBe("running");
    expect(late).toMatchObject({ status: "failed", outputs: [], error: { code, isRetryable: false } });
  });

  it("breaks down after so many steps", async () => {
    const seen = await watch(imageRequest("[[fail-after:4]] sea"), [399, 400, 9000]);
    expect(seen.map(({ status }) => status)).toEqual(["running", "failed", "failed"]);
    expect(seen[2]).toMatchObject({ progress: 0.4, error: { code: "provider_failed", isRetryable: false } });
  });

  it("are not painted", async () => {
    expect(await download("[[pace:0]] a lighthouse [[delay:3]]")).toEqual(await download("a lighthouse"));
  });
});

describe("a painted picture", () => {
  it.each([
    [64, 64],
    [65, 301],
    [512, 768],
    [1024, 256],
    [2048, 64],
  ])("is a PNG of %i by %i pixels", async (width, height) => {
    const metadata = await sharp(await download("a lighthouse at dusk", { width, height })).metadata();
    expect(metadata).toMatchObject({ format: "png", width, height, channels: 3 });
  });

  it("is the same for the same prompt and seed, in any process", async () => {
    const [first, second] = await Promise.all([download("mountains at dawn"), download("mountains at dawn")]);
    expect(first).toEqual(second);
  });

  it("differs visibly with the seed, the index and the prompt", async () => {
    const pixels = async (picture: Buffer) => sharp(picture).resize(32, 24, { fit: "fill" }).raw().toBuffer();
    const base = await pixels(await download("mountains"));
    const others = [download("mountains", { seed: 8 }), download("mountains", {}, 1), download("a city at night")];
    for (const other of await Promise.all(others)) {
      const changed = await pixels(other);
      const difference =
        base.reduce((sum, value, index) => sum + Math.abs(value - (changed[index] ?? 0)), 0) / base.length;
      expect(difference).toBeGreaterThan(8);
    }
  });

  it.each([
    "a lighthouse in a storm, rain and lightning",
    "a sailing boat and a castle by the sea",
    "a palm beach with a dog",
    "mountain lake in winter under the aurora",
    "a cat on a roof, cyberpunk city",
    "a robot in the fog",
    "autumn forest with fireflies",
    "cherry blossom forest",
    "pyramids in the desert at noon",
    "a rocket in space, a cat on the moon",
    "a cabin on a meadow with red flowers, an old oak tree, hot air balloons, a rainbow",
    "black and white mountains",
    "pastel abstract waves",
    "geometric pattern, blue and gold",
    "pixel art castle",
    "flowing silk swirls",
    "",
    "<script>alert('&')</script>",
    "something that it has no word for",
  ])("is made of %j", async (prompt) => {
    const picture = await download(prompt, { width: 192, height: 128, seed: 3 });
    const { channels } = await sharp(picture).stats();
    // More than one flat colour: something was drawn.
    expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(5);
  });

  it("is night where the prompt says night and day where it says day", async () => {
    const brightness = async (prompt: string) => {
      const { channels } = await sharp(await download(prompt)).stats();
      return channels.reduce((sum, { mean }) => sum + mean, 0) / channels.length;
    };
    expect(await brightness("the sea at night")).toBeLessThan((await brightness("the sea by day")) * 0.6);
  });

  it("has no colour where it is to be black and white", async () => {
    const { data } = await sharp(await download("mountains, black and white"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    let colourfulness = 0;
    for (let index = 0; index < data.length; index += 3) {
      colourfulness += Math.abs((data[index] ?? 0) - (data[index + 2] ?? 0));
    }
    expect(colourfulness / (data.length / 3)).toBeLessThan(12);
  });

  it("does not exist under another name", async () => {
    const provider = createProvider(createVirtualClock());
    for (const output of ["sim:4", "sim:-1", "other", "https://example.com/0.png"]) {
      const error = await provider
        .download(output, imageRequest("sea", { numImages: 4 }), neverAborted())
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "provider_failed", isRetryable: false });
    }
  });
});

describe("the simulated models", () => {
  it("say what the providers do", () => {
    const { chatModels, imageModels, chatProviders, imageProviders } = createExtensions({
      clock: createVirtualClock(),
    });
    expect(chatModels[0]).toMatchObject({ id: "muse-chat", contextWindow: 32_768, maxOutputTokens: 4_096 });
    expect(imageModels[0]).toMatchObject({
      id: "muse-image",
      minEdge: 64,
      maxEdge: 2048,
      maxImages: 4,
      creditsPerImage: 1,
    });
    expect(chatProviders.map(({ name }) => name)).toEqual([...new Set(chatModels.map(({ provider }) => provider))]);
    expect(imageProviders.map(({ name }) => name)).toEqual(imageModels.map(({ provider }) => provider));
  });
});

describe("a picture made from a picture", () => {
  /** Half red, half blue, at another size than what is asked for. */
  const initial = async () =>
    sharp({ create: { width: 90, height: 60, channels: 3, background: "#ff0000" } })
      .composite([
        { input: { create: { width: 45, height: 60, channels: 3, background: "#0000ff" } }, left: 45, top: 0 },
      ])
      .webp({ lossless: true })
      .toBuffer();

  const derived = async (denoisingStrength: number | null) =>
    download("a quiet sea", {
      width: 96,
      height: 64,
      initImage: { bytes: await initial(), mimeType: "image/webp" },
      denoisingStrength,
    });

  const pixel = async (picture: Uint8Array, left: number, top: number): Promise<number[]> => [
    ...(await sharp(picture).extract({ left, top, width: 1, height: 1 }).raw().toBuffer()),
  ];

  const distance = (one: readonly number[], other: readonly number[]) =>
    Math.max(...one.map((value, index) => Math.abs(value - (other[index] ?? 0))));

  it("is the initial one without strength, a new one with all of it, and in between otherwise", async () => {
    const painted = await download("a quiet sea", { width: 96, height: 64 });
    const [kept, half, over] = await Promise.all([derived(0), derived(0.5), derived(1)]);
    expect(await sharp(kept).metadata()).toMatchObject({ format: "png", width: 96, height: 64, channels: 3 });
    for (const left of [10, 86]) {
      const [start, end] = [await pixel(kept, left, 30), await pixel(painted, left, 30)];
      expect(distance(start, left < 48 ? [255, 0, 0] : [0, 0, 255])).toBeLessThan(8);
      expect(distance(await pixel(over, left, 30), end)).toBeLessThan(4);
      const middle = start.map((value, index) => (value + (end[index] ?? 0)) / 2);
      expect(distance(await pixel(half, left, 30), middle)).toBeLessThan(6);
    }
  });

  it("keeps some of it when no strength is given, and is the same each time", async () => {
    const [first, again, kept] = await Promise.all([derived(null), derived(null), derived(0.75)]);
    expect(first.equals(again)).toBe(true);
    expect(first.equals(kept)).toBe(true);
  });
});

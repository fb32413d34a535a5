import { afterEach, describe, expect, it } from "vitest";
import type { ImageProvider, ImageRequest } from "../../../src/ports/providers.ts";
import { createReplicateProvider, type ReplicateOptions } from "../../../src/providers/replicate/adapter.ts";
import {
  type Answers,
  bytes,
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
} from "./stand-in.ts";

const clock = { now: () => new Date("2026-11-21T12:00:00Z"), sleep: () => Promise.resolve() };
const create = "POST /v1/models/stability-ai/sdxl/predictions";
const id = "gm3qorzdhgbfurvjtvhg6dckhu";
const starting = await fixture("replicate/starting.json");
const succeeded = await fixture("replicate/succeeded.json");
const refusedAnswer = await fixture("replicate/refused.json");
const invalidInput = await fixture("replicate/invalid-input.json");
const since = new Date("2026-11-21T11:59:00Z");

let vendor: StandIn | undefined;
afterEach(() => vendor?.close());

async function replicate(
  answers: Answers,
  options: Partial<ReplicateOptions> = {},
  path = "/v1",
): Promise<{ provider: ImageProvider; vendor: StandIn }> {
  vendor = await standIn(answers);
  const baseUrl = `${vendor.url}${path}`;
  return {
    vendor,
    provider: createReplicateProvider({ apiToken: "r8_test", baseUrl, clock, timeoutMs: 2_000, ...options }),
  };
}

const get = async (answer: unknown, request: ImageRequest = pictureRequest()) =>
  (await replicate({ [`GET /v1/predictions/${id}`]: json(answer) })).provider.get(id, request, never);

describe("a prediction", () => {
  it("is begun with what was asked and nothing else, without waiting for its end", async () => {
    const { provider, vendor } = await replicate({ [create]: json(starting, 201) });
    const request = pictureRequest({ negativePrompt: "fog", guidanceScale: 6, numInferenceSteps: 25 });
    expect(await provider.create(request, never)).toEqual({
      id,
      status: "running",
      progress: 0,
      outputs: [],
      version: starting.version,
    });
    const [sent] = vendor.seen;
    expect(sent?.headers).toMatchObject({ authorization: "Bearer r8_test" });
    expect(sent?.headers).not.toHaveProperty("prefer");
    expect(sent?.body).toEqual({
      input: {
        prompt: "a lighthouse",
        negative_prompt: "fog",
        width: 768,
        height: 512,
        num_outputs: 2,
        seed: 7,
        guidance_scale: 6,
        num_inference_steps: 25,
      },
    });
  });

  it("is begun of the very version that is named", async () => {
    const { provider, vendor } = await replicate({ "POST /v1/predictions": json(starting, 201) });
    await provider.create(pictureRequest({ model: "stability-ai/sdxl:7762fd07" }), never);
    expect(vendor.seen[0]?.body).toMatchObject({ version: "7762fd07", input: { width: 768 } });
  });

  it("of a model without an address of its own is begun of its newest version", async () => {
    const { provider, vendor } = await replicate({
      "GET /v1/models/stability-ai/sdxl": json({ latest_version: { id: "newest" } }),
      "POST /v1/predictions": json(starting, 201),
    });
    await provider.create(pictureRequest(), never);
    expect(vendor.of("POST /v1/predictions").map(({ body }) => body.version)).toEqual(["newest"]);
  });

  it.each([
    ["only versions, by the model's name", "POST /v1/predictions", "stability-ai/sdxl"],
    ["only models, without a version", create, "stability-ai/sdxl:7762fd07"],
    ["everything below the root", "POST /predictions", "stability-ai/sdxl:7762fd07"],
  ])("is begun at a server of the same protocol that has %s", async (_what, address, model) => {
    const { provider, vendor } = await replicate({ [address]: json(starting, 201) }, {}, "");
    await provider.create(pictureRequest({ model }), never);
    expect(vendor.of(address)).toHaveLength(1);
  });

  it("of FLUX says the ratio instead of the edges", async () => {
    const { provider, vendor } = await replicate({
      "POST /v1/models/black-forest-labs/flux-schnell/predictions": json(starting, 201),
    });
    const flux = { model: "black-forest-labs/flux-schnell", width: 608, height: 416, numInferenceSteps: 4 };
    await provider.create(pictureRequest(flux), never);
    expect(vendor.seen[0]?.body.input).toEqual({
      prompt: "a lighthouse",
      aspect_ratio: "3:2",
      megapixels: "0.25",
      num_outputs: 2,
      seed: 7,
      output_format: "png",
      num_inference_steps: 4,
    });
  });

  it("names its generation in the webhook, where Replicate can reach Muse", async () => {
    const webhookUrl = "https://muse.example/api/webhooks/replicate";
    const { provider, vendor } = await replicate({ [create]: json(starting, 201) }, { webhookUrl });
    await provider.create(pictureRequest(), never);
    expect(vendor.seen[0]?.body).toMatchObject({
      webhook: `${webhookUrl}?generation_id=gen_1`,
      webhook_events_filter: ["completed"],
    });
  });

  it("starts from a small picture inside of the input, and from a large one uploaded", async () => {
    const file = { id: "f", urls: { get: "https://api.replicate.com/v1/files/f" } };
    const { provider, vendor } = await replicate({ [create]: json(starting, 201), "POST /v1/files": json(file, 201) });
    const start = (bytes: Uint8Array) =>
      pictureRequest({ initImage: { bytes, mimeType: "image/png" }, denoisingStrength: 0.4 });
    await provider.create(start(onePixel), never);
    await provider.create(start(Buffer.alloc(300_000, 7)), never);
    const [small, large] = vendor.of(create);
    expect(small?.body.input).toMatchObject({
      image: `data:image/png;base64,${onePixel.toString("base64")}`,
      prompt_strength: 0.4,
    });
    expect(large?.body.input.image).toBe(file.urls.get);
    expect(vendor.of("POST /v1/files")[0]?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
  });

  it("tells how far it is by its logs", async () => {
    expect(await get(await fixture("replicate/processing.json"))).toMatchObject({
      status: "running",
      progress: expect.closeTo(0.392, 3),
    });
  });

  it.each([
    [succeeded.output, succeeded.output],
    ["https://replicate.delivery/one.png", ["https://replicate.delivery/one.png"]],
    [["data:image/png;base64,AAAA"], ["data:image/png;base64,AAAA"]],
    [{ url: "https://replicate.delivery/one.png", size: 3 }, ["https://replicate.delivery/one.png"]],
    [
      [{ url: "https://replicate.delivery/a.png" }, { url: "https://replicate.delivery/b.png" }],
      ["https://replicate.delivery/a.png", "https://replicate.delivery/b.png"],
    ],
    [
      { seed: 7, images: [["https://replicate.delivery/a.png"], ["https://replicate.delivery/b.png"]] },
      ["https://replicate.delivery/a.png", "https://replicate.delivery/b.png"],
    ],
  ])("gives out what was made: %j", async (output, outputs) => {
    const request = pictureRequest({ numImages: (outputs as string[]).length });
    expect(await get({ ...succeeded, output }, request)).toMatchObject({ status: "succeeded", progress: 1, outputs });
  });

  it.each([
    [refusedAnswer, "content_filter", false],
    [{ ...starting, status: "failed", error: "flagged as sensitive. (E005)" }, "content_filter", false],
    [{ ...starting, status: "failed", error: "KeyError: 'seed'" }, "provider_failed", false],
    [{ ...starting, status: "failed", error: { detail: "odd" } }, "provider_failed", false],
    [
      { ...starting, status: "failed", error: "Prediction interrupted; please retry (code: PA)" },
      "provider_failed",
      true,
    ],
    [{ ...starting, status: "failed", error: "Prediction timed out" }, "provider_timeout", true],
    [{ ...starting, status: "aborted" }, "provider_failed", true],
    [{ ...succeeded, output: null }, "provider_failed", true],
    [{ ...succeeded, output: ["https://replicate.delivery/only-one.png"] }, "provider_failed", true],
  ])("fails in Muse's terms (%#)", async (answer, code, isRetryable) => {
    const prediction = await get(answer);
    expect(prediction).toMatchObject({ status: "failed", outputs: [], error: { code, isRetryable } });
    expect(prediction.error?.message).not.toMatch(/KeyError|NSFW|E005/);
  });

  it("was cancelled, goes on though its status is new, or is lost", async () => {
    expect(await get({ ...starting, status: "canceled" })).toMatchObject({ status: "cancelled" });
    expect(await get({ ...starting, status: "queued" })).toMatchObject({ status: "running" });
    const { provider } = await replicate({});
    expect(await provider.get(id, pictureRequest(), never)).toMatchObject({
      status: "failed",
      error: { code: "provider_failed", isRetryable: true },
    });
  });

  it("is cancelled, also when it has ended already", async () => {
    const cancel = `POST /v1/predictions/${id}/cancel`;
    const { provider, vendor } = await replicate({
      [cancel]: [status(503), json({ ...starting, status: "canceled" })],
    });
    await provider.cancel(id);
    expect(vendor.of(cancel)).toHaveLength(2);
    await provider.cancel("gone");
    expect(vendor.of("POST /v1/predictions/gone/cancel")).toHaveLength(1);
  });
});

describe("a fault while a prediction is begun", () => {
  it.each([
    [
      "429",
      status(429, {}, { "retry-after": "17" }),
      { code: "provider_failed", isRetryable: true, retryAfterSeconds: 17 },
    ],
    ["500", status(500), { code: "provider_failed", isRetryable: true }],
    ["504", status(504), { code: "provider_timeout", isRetryable: true }],
    ["402", status(402, { title: "Insufficient credit" }), { code: "provider_failed", isRetryable: false }],
    ["422", status(422, invalidInput), { code: "provider_failed", isRetryable: false }],
    ["garbage", garbage, { code: "provider_failed", isRetryable: true }],
    ["another shape", json({ id: 5 }), { code: "provider_failed", isRetryable: true }],
    ["a reset", reset, { code: "provider_failed", isRetryable: true }],
    ["no answer", silence, { code: "provider_timeout", isRetryable: true }],
  ])("(%s) is told as it is, and the request is not sent twice", async (_name, answer, expected) => {
    const { provider, vendor } = await replicate({ [create]: answer }, { timeoutMs: timeoutFor(answer) });
    const error = await failure(provider.create(pictureRequest(), never));
    expect(error).toMatchObject(expected);
    expect((error as Error).message).not.toMatch(/credit|1440|r8_test/);
    expect(vendor.of(create)).toHaveLength(1);
  });

  it("ends when the caller gives up", async () => {
    const { provider } = await replicate({ [create]: silence });
    const abort = new AbortController();
    const refused = failure(provider.create(pictureRequest(), abort.signal));
    setTimeout(() => abort.abort(), 20);
    expect(await refused).toMatchObject({ code: "provider_timeout", isRetryable: true });
  });
});

describe("a prediction that nobody learnt the id of", () => {
  const list = "GET /v1/predictions";
  const page = (...results: unknown[]) => json({ previous: null, next: null, results });
  const mine = { ...starting, input: { prompt: "a lighthouse", seed: 7 } };

  it("is found by prompt and seed among those made since", async () => {
    const { provider } = await replicate({
      [list]: page(
        "not a prediction",
        { ...mine, id: "other-seed", input: { prompt: "a lighthouse", seed: 8 } },
        { ...mine, id: "other-prompt", input: { prompt: "a boat", seed: 7 } },
        { ...mine, id: "wasted", status: "failed" },
        { ...mine, id: "found" },
        { ...mine, id: "too-old", created_at: "2026-11-20T00:00:00Z" },
      ),
    });
    const found = await provider.findCreated?.(pictureRequest(), since, never);
    expect(found).toEqual([{ id: "found", status: "running", progress: 0, outputs: [] }]);
  });

  it("is found by the webhook that names its generation, which another's does not", async () => {
    const webhookUrl = "https://muse.example/api/webhooks/replicate";
    const { provider } = await replicate(
      {
        [list]: page(
          { ...mine, id: "anothers", webhook: `${webhookUrl}?generation_id=gen_2` },
          { ...mine, id: "own", input: {}, webhook: `${webhookUrl}?generation_id=gen_1` },
        ),
      },
      { webhookUrl },
    );
    expect(await provider.findCreated?.(pictureRequest(), since, never)).toMatchObject([{ id: "own" }]);
  });

  it("is looked for on further pages, as far back as it can be", async () => {
    const { provider, vendor } = await replicate({
      [list]: [
        (response, { headers }) =>
          json({ next: `http://${headers.host}/v1/predictions?cursor=2`, results: [{ ...mine, id: "x", input: {} }] })(
            response,
            vendor.seen[0] as never,
          ),
        page(mine),
      ],
    });
    expect(await provider.findCreated?.(pictureRequest(), since, never)).toMatchObject([{ id }]);
    expect(vendor.of(list)).toHaveLength(2);
  });

  it("is not there where there is no list; a list that fails is no answer", async () => {
    const without = await replicate({});
    expect(await without.provider.findCreated?.(pictureRequest(), since, never)).toEqual([]);
    without.vendor.close();
    const { provider } = await replicate({ [list]: status(500) });
    const looking = provider.findCreated?.(pictureRequest(), since, never) ?? Promise.resolve();
    expect(await failure(looking)).toMatchObject({ code: "provider_failed", isRetryable: true });
  });
});

describe("asking after a prediction", () => {
  const path = `GET /v1/predictions/${id}`;

  it("goes over faults that pass", async () => {
    const { provider, vendor } = await replicate({ [path]: [status(500), reset, garbage, json(succeeded)] });
    expect(await provider.get(id, pictureRequest(), never)).toMatchObject({ status: "succeeded" });
    expect(vendor.of(path)).toHaveLength(4);
  });

  it("fails when they stay, and at once when asking again is no use", async () => {
    const { provider, vendor } = await replicate({ [path]: status(503), "GET /v1/predictions/x": status(401) });
    expect(await failure(provider.get(id, pictureRequest(), never))).toMatchObject({ isRetryable: true });
    expect(vendor.of(path)).toHaveLength(4);
    expect(await failure(provider.get("x", pictureRequest(), never))).toMatchObject({ isRetryable: false });
    expect(vendor.of("GET /v1/predictions/x")).toHaveLength(1);
  });
});

describe("a picture", () => {
  const download = (provider: ImageProvider, output: string) => provider.download(output, pictureRequest(), never);

  it("comes from its address, over redirects and faults that pass", async () => {
    const { provider, vendor } = await replicate({
      "GET /a.png": [status(500), reset, status(302, {}, { location: "/b.png" })],
      "GET /b.png": bytes(onePixel),
    });
    expect(onePixel.equals(await download(provider, `${vendor.url}/a.png`))).toBe(true);
    expect(vendor.of("GET /a.png")).toHaveLength(3);
  });

  it("may be a data URL", async () => {
    const { provider } = await replicate({});
    const url = `data:image/png;base64,${onePixel.toString("base64")}`;
    expect(onePixel.equals(await download(provider, url))).toBe(true);
  });

  it("that is none, too large, gone, or at an address that is not asked, is refused", async () => {
    const { provider, vendor } = await replicate({
      "GET /text": bytes(Buffer.from("hello")),
      "GET /huge": (response) => response.writeHead(200, { "content-length": "90000000" }).end(),
      "GET /away": status(302, {}, { location: "http://192.0.2.1/a.png" }),
      "GET /round": status(302, {}, { location: "/round" }),
    });
    const refused = (path: string) => failure(download(provider, `${vendor.url}${path}`));
    expect(await refused("/text")).toMatchObject({ code: "provider_failed", isRetryable: true });
    expect(await refused("/huge")).toMatchObject({ code: "provider_failed" });
    expect(await refused("/gone")).toMatchObject({ code: "provider_failed", isRetryable: false });
    expect(await refused("/away")).toMatchObject({ code: "provider_failed", isRetryable: false });
    expect(await refused("/round")).toMatchObject({ code: "provider_failed", isRetryable: false });
    for (const output of ["http://169.254.169.254/latest", "file:///etc/passwd", "data:text/plain,hello"]) {
      expect(await failure(download(provider, output))).toMatchObject({ code: "provider_failed" });
    }
  });
});

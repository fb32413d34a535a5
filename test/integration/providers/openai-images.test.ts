import { afterEach, describe, expect, it } from "vitest";
import { createOpenAIImagesProvider, type OpenAIImagesOptions } from "../../../src/providers/openai-images/adapter.ts";
import {
  type Answering,
  type Answers,
  bytes,
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

const generate = "POST /v1/images/generations";
const edit = "POST /v1/images/edits";
const generated = await fixture("openai-images/generated.json");
const refused = await fixture("openai-images/refused.json");
const contentPolicy = await fixture("openai-images/content-policy.json");
const request = pictureRequest({ model: "gpt-image-1", width: 1_024, height: 1_536 });
const id = "openai-images_gen_1";

let vendor: StandIn | undefined;
afterEach(() => vendor?.close());

async function openai(answers: Answers, options: Partial<OpenAIImagesOptions> = {}) {
  vendor = await standIn(answers);
  const provider = createOpenAIImagesProvider({ apiKey: "sk-test", baseUrl: `${vendor.url}/v1`, ...options });
  return { vendor, provider };
}

describe("pictures of an OpenAI-compatible endpoint", () => {
  it("are asked for with prompt, size and number, and come as base64", async () => {
    const { provider, vendor } = await openai({ [generate]: json(generated) });
    expect(await provider.create(request, never)).toMatchObject({ id, status: "running" });
    const { status: end, outputs } = await ended(provider, id, request);
    expect([end, outputs.length]).toEqual(["succeeded", 2]);
    for (const output of outputs) expect(onePixel.equals(await provider.download(output, request, never))).toBe(true);
    const [sent] = vendor.seen;
    expect(sent?.headers.authorization).toBe("Bearer sk-test");
    expect(sent?.body).toEqual({ model: "gpt-image-1", prompt: "a lighthouse", n: 2, size: "1024x1536" });
  });

  it("may come as addresses", async () => {
    const { provider, vendor } = await openai({
      [generate]: (response, seen) => {
        const url = `http://${seen.headers.host}/files/1.png`;
        json({ created: 1, data: [{ url }, { url }] })(response, seen);
      },
      "GET /files/1.png": bytes(onePixel),
    });
    await provider.create(request, never);
    expect(await ended(provider, id, request)).toMatchObject({ status: "succeeded" });
    expect(vendor.of("GET /files/1.png")).toHaveLength(2);
  });

  it("are made from a picture by an edit", async () => {
    const { provider, vendor } = await openai({ [edit]: json(generated) });
    const asked = { ...request, initImage: { bytes: onePixel, mimeType: "image/png" } };
    await provider.create(asked, never);
    expect(await ended(provider, id, asked)).toMatchObject({ status: "succeeded" });
    const [sent] = vendor.of(edit);
    expect(sent?.headers["content-type"]).toMatch(/^multipart\/form-data/);
    for (const part of ['name="prompt"', 'name="image"; filename="start.png"', "1024x1536", "IHDR"]) {
      expect(sent?.text).toContain(part);
    }
  });

  it.each([
    ["moderation", refused],
    ["content policy", contentPolicy],
    ["words alone", { error: { message: "Rejected as a result of our safety system.", code: null } }],
  ])("that the filter refuses fail for good, without the provider's words (%s)", async (_name, answer) => {
    const { provider, vendor } = await openai({ [generate]: status(400, answer) });
    await provider.create(request, never);
    const prediction = await ended(provider, id, request);
    expect(prediction).toMatchObject({ status: "failed", error: { code: "content_filter", isRetryable: false } });
    expect(prediction.error?.message).not.toMatch(/safety system|help\.openai/);
    expect(vendor.of(generate)).toHaveLength(1);
  });

  it.each<[string, Answering, object]>([
    [
      "429",
      status(429, {}, { "retry-after": "9" }),
      { code: "provider_failed", isRetryable: true, retryAfterSeconds: 9 },
    ],
    ["500", status(500), { code: "provider_failed", isRetryable: true }],
    ["400", status(400, { error: { message: "Invalid size", code: "invalid_value" } }), { isRetryable: false }],
    ["401", status(401), { code: "provider_failed", isRetryable: false }],
    ["garbage", garbage, { code: "provider_failed", isRetryable: true }],
    ["another shape", json({ data: [{}] }), { code: "provider_failed", isRetryable: true }],
    ["too few", json({ data: [{ b64_json: onePixel.toString("base64") }] }), { isRetryable: true }],
    ["a reset", reset, { code: "provider_failed", isRetryable: true }],
    ["no answer", silence, { code: "provider_timeout", isRetryable: true }],
  ])("fail as the fault is (%s), after one request", async (_name, answer, expected) => {
    const { provider, vendor } = await openai({ [generate]: answer }, { timeoutMs: timeoutFor(answer) });
    await provider.create(request, never);
    const error = await failure(ended(provider, id, request));
    expect(error).toMatchObject(expected);
    expect((error as Error).message).not.toContain("Invalid size");
    expect(vendor.of(generate)).toHaveLength(1);
  });

  it("that are cancelled are not waited for any more", async () => {
    const { provider, vendor } = await openai({ [generate]: [silence, json(generated)] });
    await provider.create(request, never);
    await until(() => vendor.of(generate).length === 1);
    await provider.cancel(id);
    await provider.create(request, never);
    expect(await ended(provider, id, request)).toMatchObject({ status: "succeeded" });
    expect(vendor.of(generate)).toHaveLength(2);
  });
});

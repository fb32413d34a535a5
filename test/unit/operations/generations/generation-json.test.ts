import { describe, expect, it } from "vitest";
import type { Generation } from "../../../../src/domain/generation.ts";
import { toGenerationJson } from "../../../../src/operations/generations/generation-json.ts";

const now = new Date("2026-01-01T12:00:00Z");
const failed: Generation = {
  _id: "gen_1",
  user_id: "user_1",
  kind: "text_to_image",
  prompt: "x",
  negative_prompt: null,
  model_type: "fake",
  image_size: "64x64",
  num_images: 1,
  guidance_scale: null,
  num_inference_steps: null,
  seed: 1,
  status: "failed",
  progress: 0.5,
  provider: "fake",
  result_urls: [],
  blob_urls: [],
  image_ids: [],
  error_code: "provider_failed",
  error_message: "The model failed.",
  attempts: 1,
  processing_time_ms: 10,
  cost_credits: 1,
  tags: [],
  metadata: {},
  completed_at: now,
  created_at: now,
  updated_at: now,
};
const dependencies = { clock: { now: () => now } } as unknown as Parameters<typeof toGenerationJson>[0];

describe("a generation that ended and is being booked", () => {
  it("is processing, and tells nothing of its end", async () => {
    expect(await toGenerationJson(dependencies, { ...failed, is_open: true })).toMatchObject({
      status: "processing",
      error_code: null,
      error_message: null,
      processing_time_ms: null,
      message_id: null,
      completed_at: null,
    });
  });

  it("tells all of it afterwards, and when the booking is held up", async () => {
    const end = { status: "failed", error_code: "provider_failed", processing_time_ms: 10 };
    const longAgo = new Date(now.getTime() - 60_000);
    expect(await toGenerationJson(dependencies, failed)).toMatchObject(end);
    expect(await toGenerationJson(dependencies, { ...failed, is_open: true, updated_at: longAgo })).toMatchObject(end);
  });
});

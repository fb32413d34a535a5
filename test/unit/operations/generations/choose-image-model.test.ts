import { describe, expect, it } from "vitest";
import {
  chooseImageModel,
  closestSize,
  type PictureWishes,
} from "../../../../src/operations/generations/choose-image-model.ts";
import type { ImageModel } from "../../../../src/ports/providers.ts";

const free: ImageModel = {
  id: "free",
  provider: "one",
  providerModel: "free",
  minEdge: 64,
  maxEdge: 2_048,
  edgeMultiple: 8,
  sizes: null,
  maxImages: 4,
  maxSteps: 50,
  guidance: { min: 2, max: 10 },
  supportsNegativePrompt: true,
  supportsSeed: true,
  supportsImageInput: true,
  creditsPerImage: 1,
};
const fixed: ImageModel = {
  ...free,
  id: "fixed",
  provider: "two",
  sizes: ["1024x1024", "1024x1536"],
  maxImages: 1,
  maxSteps: null,
  guidance: null,
  supportsNegativePrompt: false,
  supportsSeed: false,
  supportsImageInput: false,
};
const wishes = (changes: Partial<PictureWishes> = {}): PictureWishes => ({
  image_size: "1024x1024",
  num_images: 1,
  ...changes,
});

function refusal(models: readonly ImageModel[], asked: PictureWishes): unknown {
  try {
    chooseImageModel(models, asked, undefined);
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}

describe("the model of a request", () => {
  it("is the one named, by its id or with its provider", () => {
    expect(chooseImageModel([free, fixed], wishes({ model_type: "fixed" }), "free")).toBe(fixed);
    expect(chooseImageModel([free, fixed], wishes({ model_type: "two:free" }), undefined)).toBe(fixed);
  });

  it("is else the user's, and else the first", () => {
    expect(chooseImageModel([free, fixed], wishes(), "fixed")).toBe(fixed);
    expect(chooseImageModel([free, fixed], wishes(), "gone")).toBe(free);
    expect(chooseImageModel([free, fixed], wishes(), undefined)).toBe(free);
  });

  it("takes a picture to start from, if any does and none was named", () => {
    const asked = wishes({ init_image: { image_id: "img_1" } });
    expect(chooseImageModel([fixed, free], asked, undefined)).toBe(free);
    expect(chooseImageModel([fixed, free], asked, "fixed")).toBe(free);
    expect(refusal([fixed], asked)).toMatchObject({ errors: [{ path: "init_image" }] });
    expect(refusal([fixed, free], { ...asked, model_type: "fixed" })).toMatchObject({
      errors: [{ path: "init_image" }],
    });
  });

  it("is refused when it is not offered; without any, nothing can be made for now", () => {
    expect(refusal([free], wishes({ model_type: "other" }))).toMatchObject({
      code: "validation_failed",
      errors: [{ path: "model_type" }],
    });
    expect(refusal([], wishes())).toMatchObject({ code: "unavailable" });
  });
});

describe("a request beyond its model's limits names the field", () => {
  it.each<[ImageModel, Partial<PictureWishes>, string, string]>([
    [free, { image_size: "56x1024" }, "image_size", "64 to 2048"],
    [free, { image_size: "1024x2056" }, "image_size", "64 to 2048"],
    [free, { image_size: "1024x1028" }, "image_size", "multiples of 8"],
    [fixed, { image_size: "1536x1024" }, "image_size", "1024x1024, 1024x1536"],
    [free, { num_images: 5 }, "num_images", "at most 4"],
    [free, { num_inference_steps: 51 }, "num_inference_steps", "at most 50"],
    [free, { guidance_scale: 1.9 }, "guidance_scale", "2 to 10"],
    [free, { guidance_scale: 10.5 }, "guidance_scale", "2 to 10"],
    [fixed, { num_inference_steps: 20 }, "num_inference_steps", "not taken"],
    [fixed, { guidance_scale: 7 }, "guidance_scale", "not taken"],
    [fixed, { negative_prompt: "blur" }, "negative_prompt", "not taken"],
    [fixed, { seed: 1 }, "seed", "not taken"],
  ])("%#: %j", (model, changes, path, words) => {
    expect(refusal([model], wishes(changes))).toMatchObject({
      code: "validation_failed",
      errors: [{ path, message: expect.stringContaining(words) }],
    });
  });

  it("and every field, when there are several", () => {
    const errors = [{ path: "image_size" }, { path: "num_images" }, { path: "seed" }];
    expect(refusal([fixed], wishes({ image_size: "64x64", num_images: 2, seed: 3 }))).toMatchObject({ errors });
  });

  it("at the limits all is well", () => {
    const most = { image_size: "64x2048", num_images: 4, num_inference_steps: 50, guidance_scale: 10, seed: 0 };
    expect(chooseImageModel([free], wishes({ ...most, negative_prompt: "blur" }), undefined)).toBe(free);
    expect(chooseImageModel([fixed], wishes({ image_size: "1024x1536", negative_prompt: " " }), undefined)).toBe(fixed);
  });
});

it("a size that is only meant becomes the closest in shape", () => {
  const wide = { ...fixed, sizes: ["1024x1024", "1536x1024", "1024x1536"] };
  expect(["1344x768", "768x1344", "512x512", "1024x1536"].map((size) => closestSize(wide, size))).toEqual([
    "1536x1024",
    "1024x1536",
    "1024x1024",
    "1024x1536",
  ]);
  expect(closestSize(free, "1344x768")).toBe("1344x768");
});

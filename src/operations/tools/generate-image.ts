import * as z from "zod";
import { submitGenerationBody } from "../../schemas/generations.ts";
import { closestSize, defaultModel } from "../generations/choose-image-model.ts";
import type { GenerationDependencies } from "../generations/generation-dependencies.ts";
import { submitGeneration } from "../generations/submit-generation.ts";
import { loadPreferences } from "../memories/user-settings.ts";
import { defineTool, type Tool } from "./tool.ts";

const input = z.strictObject({
  prompt: z.string().min(1).max(2_000).describe("What the picture shows, in detail"),
  image_size: z
    .enum(["1024x1024", "1344x768", "768x1344"])
    .default("1024x1024")
    .describe("Square, landscape or portrait"),
});

const output = z.object({ generation_id: z.string(), status: z.string(), note: z.string() });

/** Starts a generation whose picture lands in the conversation. It costs what the model says, as any other. */
export function createGenerateImage(dependencies: GenerationDependencies): Tool {
  return defineTool({
    name: "generate_image",
    description: "Makes a picture from a description. It appears in the conversation by itself when it is done.",
    input,
    output,
    run: async ({ userId, conversationId }, { prompt, image_size }) => {
      const [{ imageModels }, preferences] = await Promise.all([
        dependencies.providers(),
        loadPreferences(dependencies, { userId }),
      ]);
      const model = defaultModel(imageModels, {}, preferences.default_image_model ?? undefined);
      const generation = await submitGeneration(dependencies, {
        userId,
        body: submitGenerationBody.parse({
          prompt,
          image_size: model === undefined ? image_size : closestSize(model, image_size),
          conversation_id: conversationId,
        }),
      });
      return {
        generation_id: generation.id,
        status: generation.status,
        note: "The picture is being made and will appear in the conversation. Do not describe it as finished.",
      };
    },
  });
}

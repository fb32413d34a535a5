import * as z from "zod";

export const healthSchema = z
  .object({ status: z.literal("ok"), version: z.string(), uptime_seconds: z.number() })
  .meta({ id: "Health" });

const dependencySchema = z.object({
  status: z.enum(["up", "down"]),
  latency_ms: z.number(),
});

export const readySchema = z
  .object({
    status: z.enum(["ready", "unavailable"]),
    checks: z.object({ database: dependencySchema, blobs: dependencySchema, queues: dependencySchema }),
  })
  .meta({ id: "Ready" });
export type ReadyJson = z.infer<typeof readySchema>;

export const modelsSchema = z
  .object({
    chat: z.array(
      z.object({
        id: z.string(),
        provider: z.string(),
        is_default: z.boolean(),
        context_window: z.int().meta({ description: "Tokens of prompt and answer together" }),
        max_output_tokens: z.int(),
        supports_images: z.boolean(),
        supports_tools: z.boolean(),
        price: z.object({ credits: z.int(), per_tokens: z.int() }),
      }),
    ),
    image: z.array(
      z.object({
        id: z.string(),
        provider: z.string(),
        is_default: z.boolean(),
        min_edge: z.int(),
        max_edge: z.int(),
        edge_multiple: z.int().meta({ description: "Both edges are multiples of this many pixels" }),
        sizes: z
          .array(z.string())
          .nullable()
          .meta({ description: "The only sizes there are; null: any within the edges" }),
        max_images: z.int(),
        max_steps: z.int().nullable().meta({ description: "Null: the model decides its steps itself" }),
        guidance_scale: z
          .object({ min: z.number(), max: z.number() })
          .nullable()
          .meta({ description: "Null: the model takes none" }),
        supports_negative_prompt: z.boolean(),
        supports_seed: z.boolean(),
        supports_image_input: z.boolean().meta({ description: "Whether it can start from a picture" }),
        price: z.object({ credits: z.int(), per_images: z.int() }),
      }),
    ),
  })
  .meta({ id: "Models" });
export type ModelsJson = z.infer<typeof modelsSchema>;

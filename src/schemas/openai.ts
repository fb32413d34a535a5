import * as z from "zod";

/**
 * OpenAI's API as far as Muse speaks it (its reference: Chat, Models, Images). Objects are loose: its clients send fields
 * that concern nobody here, and newer ones all the time.
 */

const textPart = z.looseObject({ type: z.literal("text"), text: z.string() });
const imagePart = z.looseObject({
  type: z.literal("image_url"),
  image_url: z.looseObject({
    url: z.string().meta({ description: "A `data:` URL with the picture's bytes in base64" }),
  }),
});
const refusalPart = z.looseObject({ type: z.literal("refusal"), refusal: z.string() });

const text = z.union([z.string(), z.array(textPart).min(1)]);
const userContent = z.union([z.string(), z.array(z.discriminatedUnion("type", [textPart, imagePart])).min(1)]);
const assistantContent = z.union([z.string(), z.array(z.discriminatedUnion("type", [textPart, refusalPart])).min(1)]);

const toolName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, _ or -");

const toolCall = z.looseObject({
  id: z.string().min(1),
  type: z.literal("function"),
  function: z.looseObject({ name: z.string().min(1), arguments: z.string() }),
});

const message = z.discriminatedUnion("role", [
  z.looseObject({ role: z.enum(["system", "developer"]), content: text }),
  z.looseObject({ role: z.literal("user"), content: userContent }),
  z.looseObject({
    role: z.literal("assistant"),
    content: assistantContent.nullish(),
    tool_calls: z.array(toolCall).min(1).nullish(),
  }),
  z.looseObject({ role: z.literal("tool"), content: text, tool_call_id: z.string().min(1) }),
]);
export type OpenAIMessage = z.infer<typeof message>;

const tool = z.looseObject({
  type: z.literal("function"),
  function: z.looseObject({
    name: toolName,
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish().meta({ description: "JSON Schema of the arguments" }),
    strict: z.boolean().nullish(),
  }),
});

const namedToolChoice = z.looseObject({
  type: z.literal("function"),
  function: z.looseObject({ name: toolName }),
});

const responseFormat = z.discriminatedUnion("type", [
  z.looseObject({ type: z.enum(["text", "json_object"]) }),
  z.looseObject({ type: z.literal("json_schema"), json_schema: z.looseObject({ name: z.string().min(1) }) }),
]);

const answerTokens = z.int().min(1).nullish();

export const chatCompletionBody = z
  .looseObject({
    model: z.string().min(1).meta({ description: "A chat model of `GET /openai/v1/models`" }),
    messages: z.array(message).min(1),
    stream: z.boolean().nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    max_completion_tokens: answerTokens.meta({ description: "More than the model can is taken as all that it can." }),
    max_tokens: answerTokens.meta({ description: "The older name of `max_completion_tokens`" }),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    presence_penalty: z.number().min(-2).max(2).nullish(),
    frequency_penalty: z.number().min(-2).max(2).nullish(),
    seed: z.int().nullish(),
    stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
    n: z.literal(1, "must be 1").nullish(),
    tools: z.array(tool).max(128).nullish(),
    tool_choice: z.union([z.enum(["none", "auto", "required"]), namedToolChoice]).nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: responseFormat.nullish().meta({ description: "Passed on to the model" }),
  })
  .refine(({ stream, stream_options }) => stream === true || (stream_options ?? null) === null, {
    path: ["stream_options"],
    message: "is only allowed when stream is true",
  });
export type ChatCompletionBody = z.infer<typeof chatCompletionBody>;

const usage = z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() });
export type OpenAIUsage = z.infer<typeof usage>;

const finishReason = z.enum(["stop", "length", "tool_calls", "content_filter"]);
type OpenAIFinishReason = z.infer<typeof finishReason>;

export const chatCompletionSchema = z
  .object({
    id: z.string(),
    object: z.literal("chat.completion"),
    created: z.int().meta({ description: "Seconds since 1970" }),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({
          role: z.literal("assistant"),
          content: z.string().nullable(),
          refusal: z.null(),
          tool_calls: z
            .array(
              z.object({
                id: z.string(),
                type: z.literal("function"),
                function: z.object({ name: z.string(), arguments: z.string() }),
              }),
            )
            .optional(),
        }),
        logprobs: z.null(),
        finish_reason: finishReason,
      }),
    ),
    usage,
  })
  .meta({ id: "OpenAIChatCompletion" });
export type ChatCompletionJson = z.infer<typeof chatCompletionSchema>;

/** One event of a streamed answer. */
export interface ChatCompletionChunkJson {
  readonly id: string;
  readonly object: "chat.completion.chunk";
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: {
      readonly role?: "assistant";
      readonly content?: string;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly id: string;
        readonly type: "function";
        readonly function: { readonly name: string; readonly arguments: string };
      }[];
    };
    readonly logprobs: null;
    readonly finish_reason: OpenAIFinishReason | null;
  }[];
  /** Where it was asked for: null in all but the last. */
  readonly usage?: OpenAIUsage | null;
}

export const openAIModelSchema = z
  .object({
    id: z.string(),
    object: z.literal("model"),
    created: z.int(),
    owned_by: z.string().meta({ description: "The provider" }),
  })
  .meta({ id: "OpenAIModel" });
export type OpenAIModelJson = z.infer<typeof openAIModelSchema>;

export const openAIModelsSchema = z
  .object({ object: z.literal("list"), data: z.array(openAIModelSchema) })
  .meta({ id: "OpenAIModels" });
export type OpenAIModelsJson = z.infer<typeof openAIModelsSchema>;

/** The size that "auto" stands for. */
const defaultImageSize = "1024x1024";

export const openAIImagesBody = z.looseObject({
  prompt: z
    .string()
    .min(1)
    .max(2_000)
    .refine((value) => value.trim() !== "", "must not be empty"),
  model: z.string().min(1).nullish().meta({ description: "An image model of `GET /openai/v1/models`" }),
  n: z.int().min(1).max(4).nullish(),
  size: z
    .string()
    .regex(/^(?:auto|[1-9]\d{1,3}x[1-9]\d{1,3})$/, `must be "auto" or look like "${defaultImageSize}"`)
    .nullish()
    .transform((size) => (size === null || size === undefined || size === "auto" ? defaultImageSize : size)),
  response_format: z.enum(["url", "b64_json"]).nullish(),
  stream: z.literal(false, "is not offered for pictures").nullish(),
});
export type OpenAIImagesBody = z.infer<typeof openAIImagesBody>;

export const openAIImagesSchema = z
  .object({
    created: z.int(),
    data: z.array(z.object({ url: z.string().optional(), b64_json: z.string().optional() })),
  })
  .meta({ id: "OpenAIImages" });
export type OpenAIImagesJson = z.infer<typeof openAIImagesSchema>;

export const openAIErrorSchema = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: "OpenAIError" });

import * as z from "zod";
import { reply } from "../../http/reply.ts";
import {
  chatCompletionBody,
  chatCompletionSchema,
  openAIImagesBody,
  openAIImagesSchema,
  openAIModelSchema,
  openAIModelsSchema,
} from "../../schemas/openai.ts";
import { defineRoute } from "../define-route.ts";

const tag = "OpenAI-compatible";
const wireStyle = "openai";

/** Room for some pictures as data URLs. */
const chatBodyBytes = 20_971_520;

/** The door for OpenAI's clients: their `baseURL` is `…/api/openai/v1`, their key an API key of Muse. */
export const openAIRoutes = [
  defineRoute({
    method: "POST",
    path: "/openai/v1/chat/completions",
    summary: "OpenAI's chat completions; nothing is kept as a conversation",
    tag,
    auth: "user",
    limit: "chat",
    usage: "chat_message",
    isIdempotent: true,
    body: chatCompletionBody,
    maxBodyBytes: chatBodyBytes,
    response: chatCompletionSchema,
    answer: "json-or-events",
    wireStyle,
    handle: async (services, { principal, body, request }) => {
      const [{ startCompletion }, { toChunkEvents, toCompletionJson }] = await Promise.all([
        import("../../operations/openai/complete-chat.ts"),
        import("../../operations/openai/chat-completion-json.ts"),
      ]);
      const completion = await startCompletion(services, {
        userId: principal.userId,
        body,
        allotted: request.allotted,
      });
      if (body.stream !== true) return toCompletionJson(completion);
      const includeUsage = body.stream_options?.include_usage === true;
      return reply({ kind: "events", events: toChunkEvents(completion, { includeUsage }), isKept: true });
    },
  }),
  defineRoute({
    method: "POST",
    path: "/openai/v1/images/generations",
    summary: "OpenAI's image generation; waits for the pictures, at most 60 s",
    tag,
    auth: "user",
    limit: "generation",
    usage: "image_generation",
    isIdempotent: true,
    body: openAIImagesBody,
    response: openAIImagesSchema,
    wireStyle,
    handle: async (services, { principal, body, request }) =>
      (await import("../../operations/openai/generate-images.ts")).generateImages(services, {
        principal,
        body,
        allotted: request.allotted,
      }),
  }),
  defineRoute({
    method: "GET",
    path: "/openai/v1/models",
    summary: "The models in OpenAI's form",
    tag,
    auth: "user",
    response: openAIModelsSchema,
    wireStyle,
    handle: async (services) => (await import("../../operations/openai/models.ts")).listOpenAIModels(services),
  }),
  defineRoute({
    method: "GET",
    path: "/openai/v1/models/{model_id}",
    summary: "One model in OpenAI's form",
    tag,
    auth: "user",
    params: z.object({ model_id: z.string().min(1).max(200) }),
    response: openAIModelSchema,
    wireStyle,
    handle: async (services, { params }) =>
      (await import("../../operations/openai/models.ts")).getOpenAIModel(services, params.model_id),
  }),
];

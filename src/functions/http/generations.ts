import * as z from "zod";
import { reply } from "../../http/reply.ts";
import type { BlockingAnswer } from "../../operations/generations/generate-and-wait.ts";
import { emptyBody, idParameter, listOf } from "../../schemas/common.ts";
import {
  blockingAnswerSchema,
  generateImageBody,
  generationSchema,
  getGenerationQuery,
  imageToImageBody,
  listGenerationsQuery,
  pictureBodyBytes,
  submitGenerationBody,
} from "../../schemas/generations.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Generation";
const params = z.object({ generation_id: idParameter });
const load = () => import("../../operations/generations/read-generations.ts");

function toBlockingReply(answer: BlockingAnswer) {
  if (answer.isReady) return reply({ kind: "json", body: answer.pictures });
  const { generation } = answer;
  const headers = { location: `/api/v1/generations/${generation.id}` };
  return reply({ kind: "json", status: 202, body: generation, headers });
}

export const generationRoutes = [
  defineRoute({
    method: "POST",
    path: "/v1/generations",
    summary: "Ask for pictures; they are made in the background",
    tag,
    auth: "user",
    limit: "generation",
    usage: "image_generation",
    isIdempotent: true,
    body: submitGenerationBody,
    maxBodyBytes: pictureBodyBytes,
    status: 202,
    response: generationSchema,
    handle: async (services, { principal, body, request }) => {
      const { submitGeneration } = await import("../../operations/generations/submit-generation.ts");
      const generation = await submitGeneration(services, {
        userId: principal.userId,
        body,
        allotted: request.allotted,
      });
      return reply({ kind: "json", body: generation, headers: { location: `/api/v1/generations/${generation.id}` } });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/generations",
    summary: "Your generations, newest first",
    tag,
    auth: "user",
    query: listGenerationsQuery,
    response: listOf(generationSchema),
    handle: async (services, { principal, query }) =>
      (await load()).listGenerations(services, { userId: principal.userId, query }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/generations/{generation_id}",
    summary: "One generation; with `wait` once it has ended",
    tag,
    auth: "user",
    params,
    query: getGenerationQuery,
    response: generationSchema,
    handle: async (services, { principal, params: { generation_id: generationId }, query }) =>
      (await load()).getGeneration(services, { userId: principal.userId, generationId, waitSeconds: query.wait }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/generations/{generation_id}/events",
    summary: "What happens to a generation, as it happens",
    tag,
    auth: "user",
    params,
    answer: "events",
    handle: async (services, { principal, params: { generation_id: generationId } }) =>
      reply({
        kind: "events",
        events: await (await load()).followGeneration(services, { userId: principal.userId, generationId }),
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/generations/{generation_id}/cancel",
    summary: "Cancel; the credits come back",
    tag,
    auth: "user",
    params,
    body: emptyBody,
    response: generationSchema,
    handle: async (services, { principal, params: { generation_id: generationId } }) =>
      (await import("../../operations/generations/cancel-generation.ts")).cancelGeneration(services, {
        userId: principal.userId,
        generationId,
      }),
  }),
  defineRoute({
    method: "DELETE",
    path: "/v1/generations/{generation_id}",
    summary: "Delete for good, with its pictures; one that has not ended is cancelled first",
    tag,
    auth: "user",
    params,
    handle: async (services, { principal, params: { generation_id: generationId } }) =>
      (await import("../../operations/generations/delete-generation.ts")).deleteGeneration(services, {
        userId: principal.userId,
        generationId,
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/generate-image",
    summary: "Ask for pictures and wait for them, at most 60 s; then the generation is answered, with 202",
    tag,
    auth: "user",
    limit: "generation",
    usage: "image_generation",
    isIdempotent: true,
    body: generateImageBody,
    maxBodyBytes: pictureBodyBytes,
    response: blockingAnswerSchema,
    handle: async (services, { principal, body, request: { allotted } }) => {
      const { generateAndWait } = await import("../../operations/generations/generate-and-wait.ts");
      return toBlockingReply(await generateAndWait(services, { userId: principal.userId, body, allotted }));
    },
  }),
  defineRoute({
    method: "POST",
    path: "/img2img",
    summary: "Ask for pictures made from a picture and wait for them, like /generate-image",
    tag,
    auth: "user",
    limit: "generation",
    usage: "image_generation",
    isIdempotent: true,
    body: imageToImageBody,
    maxBodyBytes: pictureBodyBytes,
    response: blockingAnswerSchema,
    handle: async (services, { principal, body, request: { allotted } }) => {
      const { redrawAndWait } = await import("../../operations/generations/generate-and-wait.ts");
      return toBlockingReply(await redrawAndWait(services, { userId: principal.userId, body, allotted }));
    },
  }),
];

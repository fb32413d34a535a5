import * as z from "zod";
import { reply } from "../../http/reply.ts";
import { emptyBody, idParameter, listOf } from "../../schemas/common.ts";
import {
  generationSchema,
  getGenerationQuery,
  listGenerationsQuery,
  submitGenerationBody,
} from "../../schemas/generations.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Generation";
const params = z.object({ generation_id: idParameter });
const load = () => import("../../operations/generations/read-generations.ts");

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
];

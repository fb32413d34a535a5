import * as z from "zod";
import { reply } from "../../http/reply.ts";
import { idParameter, listOf } from "../../schemas/common.ts";
import { createMemoryBody, listMemoriesQuery, memorySchema, updateMemoryBody } from "../../schemas/memories.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Memory";
const params = z.object({ memory_id: idParameter });
const load = () => import("../../operations/memories/memories.ts");

export const memoryRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/memories",
    summary: "What Muse remembers about you, newest first",
    tag,
    auth: "user",
    query: listMemoriesQuery,
    response: listOf(memorySchema),
    handle: async (services, { principal, query }) =>
      (await load()).listMemories(services, { userId: principal.userId, query }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/memories",
    summary: "Have something remembered; 200 with the known memory when it is remembered already",
    tag,
    auth: "user",
    body: createMemoryBody,
    status: 201,
    response: memorySchema,
    handle: async (services, { principal, body }) => {
      const { memory, isNew } = await (await load()).createMemory(services, { userId: principal.userId, body });
      return reply({ kind: "json", body: memory, status: isNew ? 201 : 200 });
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/v1/memories",
    summary: "Forget everything about you, for good",
    tag,
    auth: "user",
    handle: async (services, { principal }) => (await load()).deleteAllMemories(services, { userId: principal.userId }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/memories/{memory_id}",
    summary: "One memory",
    tag,
    auth: "user",
    params,
    response: memorySchema,
    handle: async (services, { principal, params: { memory_id: memoryId } }) =>
      (await load()).getMemory(services, { userId: principal.userId, memoryId }),
  }),
  defineRoute({
    method: "PATCH",
    path: "/v1/memories/{memory_id}",
    summary: "Change a memory",
    tag,
    auth: "user",
    params,
    body: updateMemoryBody,
    response: memorySchema,
    handle: async (services, { principal, params: { memory_id: memoryId }, body }) =>
      (await load()).updateMemory(services, { userId: principal.userId, memoryId, body }),
  }),
  defineRoute({
    method: "DELETE",
    path: "/v1/memories/{memory_id}",
    summary: "Forget one memory, for good",
    tag,
    auth: "user",
    params,
    handle: async (services, { principal, params: { memory_id: memoryId } }) =>
      (await load()).deleteMemory(services, { userId: principal.userId, memoryId }),
  }),
];

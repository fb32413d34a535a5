import * as z from "zod";
import { apiKeySchema, createApiKeyBody, createdApiKeySchema } from "../../schemas/api-keys.ts";
import { idParameter, listOf, listQuery } from "../../schemas/common.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Accounts";
const load = () => import("../../operations/accounts/api-keys.ts");

export const apiKeyRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/users/me/api-keys",
    summary: "Your API keys, newest first; never the keys themselves",
    tag,
    auth: "user",
    query: listQuery,
    response: listOf(apiKeySchema),
    handle: async (services, { principal, query }) =>
      (await load()).listApiKeys(services, { userId: principal.userId, ...query }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/users/me/api-keys",
    summary: "Make an API key; it is shown this once",
    tag,
    auth: "user",
    body: createApiKeyBody,
    status: 201,
    response: createdApiKeySchema,
    handle: async (services, { principal, body }) => (await load()).createApiKey(services, { principal, body }),
  }),
  defineRoute({
    method: "DELETE",
    path: "/v1/users/me/api-keys/{api_key_id}",
    summary: "Revoke an API key at once",
    tag,
    auth: "user",
    params: z.object({ api_key_id: idParameter }),
    handle: async (services, { principal, params }) =>
      (await load()).deleteApiKey(services, { userId: principal.userId, keyId: params.api_key_id }),
  }),
];

import { statsSchema, usageQuery, usageSchema } from "../../schemas/usage.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Accounts";

export const usageRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/users/me/usage",
    summary: "What you used, day by day; the last 30 days unless asked for others, 90 at most",
    tag,
    auth: "user",
    query: usageQuery,
    response: usageSchema,
    handle: async (services, { principal, query }) =>
      (await import("../../operations/usage/get-usage.ts")).getUsage(services, { userId: principal.userId, query }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/users/me/stats",
    summary: "What you have and did, all in all",
    tag,
    auth: "user",
    response: statsSchema,
    handle: async (services, { principal }) =>
      (await import("../../operations/usage/get-stats.ts")).getStats(services, { userId: principal.userId }),
  }),
];

import { listOf } from "../../schemas/common.ts";
import { searchQuery, searchResultSchema } from "../../schemas/search.ts";
import { defineRoute } from "../define-route.ts";

export const searchRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/search",
    summary: "Find in your messages, titles or pictures, best first",
    tag: "Chat",
    auth: "user",
    limit: "search",
    query: searchQuery,
    response: listOf(searchResultSchema),
    handle: async (services, { principal, query }) =>
      (await import("../../operations/search/search.ts")).search(services, { userId: principal.userId, query }),
  }),
];

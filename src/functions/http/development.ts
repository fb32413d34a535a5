import { outboxQuery, outboxSchema } from "../../schemas/development.ts";
import { defineRoute } from "../define-route.ts";

export const developmentRoutes = [
  defineRoute({
    method: "GET",
    path: "/dev/outbox",
    summary: "On a laptop only: mail that was kept instead of sent, newest first; elsewhere 404",
    tag: "Development",
    auth: "none",
    query: outboxQuery,
    response: outboxSchema,
    handle: async (services, { query }) =>
      (await import("../../operations/development/read-outbox.ts")).readOutbox(services, query),
  }),
];

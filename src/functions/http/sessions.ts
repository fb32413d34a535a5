import * as z from "zod";
import { idParameter } from "../../schemas/common.ts";
import { sessionsSchema } from "../../schemas/sessions.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Accounts";
const path = "/v1/users/me/sessions";
const load = () => import("../../operations/accounts/list-sessions.ts");

export const sessionRoutes = [
  defineRoute({
    method: "GET",
    path,
    summary: "Where you are signed in, last used first",
    tag,
    auth: "user",
    response: sessionsSchema,
    handle: async (services, { principal }) => (await load()).listSessions(services, principal),
  }),
  defineRoute({
    method: "DELETE",
    path,
    summary: "Sign out everywhere else",
    tag,
    auth: "user",
    handle: async (services, { principal }) => (await load()).revokeOtherSessions(services, principal),
  }),
  defineRoute({
    method: "DELETE",
    path: `${path}/{session_id}`,
    summary: "Sign out one place, at once",
    tag,
    auth: "user",
    params: z.object({ session_id: idParameter }),
    handle: async (services, { principal, params }) =>
      (await load()).revokeSession(services, { userId: principal.userId, sessionId: params.session_id }),
  }),
];

import { reply } from "../../http/reply.ts";
import { erasureRequestedSchema } from "../../schemas/privacy.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Accounts";

export const privacyRoutes = [
  defineRoute({
    method: "DELETE",
    path: "/v1/users/me",
    summary: "Erase your account: it ends at once, and all that it has is gone within minutes",
    tag,
    auth: "user",
    status: 202,
    response: erasureRequestedSchema,
    handle: async (services, { principal }) =>
      (await import("../../operations/privacy/request-erasure.ts")).requestErasure(services, {
        userId: principal.userId,
      }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/users/me/export",
    summary: "All that you have, as a zip: JSON lines for each collection, your files and your pictures",
    tag,
    auth: "user",
    limit: "export",
    usage: "file_download",
    answer: "bytes",
    handle: async (services, { principal }) => {
      const { exportAccount } = await import("../../operations/privacy/export-account.ts");
      const { contentDisposition, ...exported } = await exportAccount(services, { userId: principal.userId });
      return reply({ kind: "stream", ...exported, headers: { "content-disposition": contentDisposition } });
    },
  }),
];

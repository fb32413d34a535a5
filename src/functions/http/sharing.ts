import * as z from "zod";
import { reply } from "../../http/reply.ts";
import { emptyBody, idParameter } from "../../schemas/common.ts";
import { exportQuery } from "../../schemas/export.ts";
import { sharedConversationSchema, sharedQuery, shareSchema } from "../../schemas/sharing.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Chat";
const params = z.object({ conversation_id: idParameter });
const load = () => import("../../operations/sharing/share-conversation.ts");

/** A link is for those who were given it: search engines keep out, and its address is not passed on. */
const privateHeaders = { "x-robots-tag": "noindex, nofollow", "referrer-policy": "no-referrer" };

export const sharingRoutes = [
  defineRoute({
    method: "POST",
    path: "/v1/conversations/{conversation_id}/share",
    summary: "Make a conversation readable by everybody with its link",
    tag,
    auth: "user",
    params,
    body: emptyBody,
    status: 201,
    response: shareSchema,
    handle: async (services, { principal, params: { conversation_id: conversationId } }) => {
      const { shareConversation } = await load();
      const { share, isNew } = await shareConversation(services, { userId: principal.userId, conversationId });
      return reply({ kind: "json", body: share, status: isNew ? 201 : 200 });
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/v1/conversations/{conversation_id}/share",
    summary: "End a share; its link never works again",
    tag,
    auth: "user",
    params,
    handle: async (services, { principal, params: { conversation_id: conversationId } }) =>
      (await load()).unshareConversation(services, { userId: principal.userId, conversationId }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/shared/{token}",
    summary: "A shared conversation, without an account",
    tag,
    auth: "none",
    limit: "shared",
    params: z.object({ token: z.string().max(200) }),
    query: sharedQuery,
    response: sharedConversationSchema,
    handle: async (services, { params: { token }, query }) => {
      const { readShared } = await import("../../operations/sharing/read-shared.ts");
      const body = await readShared(services, { token, query });
      return reply({ kind: "json", body, headers: privateHeaders });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/v1/conversations/{conversation_id}/export",
    summary: "A conversation as a file",
    tag,
    auth: "user",
    params,
    query: exportQuery,
    answer: "bytes",
    handle: async (services, { principal, params: { conversation_id: conversationId }, query }) => {
      const { exportConversation } = await import("../../operations/chat/export-conversation.ts");
      const file = await exportConversation(services, {
        userId: principal.userId,
        conversationId,
        format: query.format,
      });
      return reply({
        kind: "stream",
        chunks: file.chunks,
        mimeType: file.mimeType,
        headers: { "content-disposition": file.contentDisposition },
      });
    },
  }),
];

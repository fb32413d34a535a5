import * as z from "zod";
import {
  conversationSchema,
  createConversationBody,
  listConversationsQuery,
  listMessagesQuery,
  messageSchema,
  updateConversationBody,
} from "../../schemas/chat.ts";
import { emptyBody, idParameter, listOf } from "../../schemas/common.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Chat";
const params = z.object({ conversation_id: idParameter });
const load = () => import("../../operations/chat/conversations.ts");

export const conversationRoutes = [
  defineRoute({
    method: "POST",
    path: "/v1/conversations",
    summary: "Start an empty conversation",
    tag,
    auth: "user",
    body: createConversationBody,
    status: 201,
    response: conversationSchema,
    handle: async (services, { principal, body }) =>
      (await load()).createConversation(services, { userId: principal.userId, body }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/conversations",
    summary: "Your conversations, newest activity first",
    tag,
    auth: "user",
    query: listConversationsQuery,
    response: listOf(conversationSchema),
    handle: async (services, { principal, query }) =>
      (await load()).listConversations(services, { userId: principal.userId, query }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/conversations/{conversation_id}",
    summary: "One conversation",
    tag,
    auth: "user",
    params,
    response: conversationSchema,
    handle: async (services, { principal, params: { conversation_id: conversationId } }) =>
      (await load()).getConversation(services, { userId: principal.userId, conversationId }),
  }),
  defineRoute({
    method: "PATCH",
    path: "/v1/conversations/{conversation_id}",
    summary: "Rename, archive, or change model and system prompt",
    tag,
    auth: "user",
    params,
    body: updateConversationBody,
    response: conversationSchema,
    handle: async (services, { principal, params: { conversation_id: conversationId }, body }) =>
      (await load()).updateConversation(services, { userId: principal.userId, conversationId, body }),
  }),
  defineRoute({
    method: "DELETE",
    path: "/v1/conversations/{conversation_id}",
    summary: "Delete; it can be restored for a while",
    tag,
    auth: "user",
    params,
    handle: async (services, { principal, params: { conversation_id: conversationId } }) =>
      (await load()).deleteConversation(services, { userId: principal.userId, conversationId }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/conversations/{conversation_id}/restore",
    summary: "Bring a deleted or archived conversation back",
    tag,
    auth: "user",
    params,
    body: emptyBody,
    response: conversationSchema,
    handle: async (services, { principal, params: { conversation_id: conversationId } }) =>
      (await load()).restoreConversation(services, { userId: principal.userId, conversationId }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/conversations/{conversation_id}/messages",
    summary: "A conversation's messages, oldest first",
    tag,
    auth: "user",
    params,
    query: listMessagesQuery,
    response: listOf(messageSchema),
    handle: async (services, { principal, params: { conversation_id: conversationId }, query }) =>
      (await import("../../operations/chat/list-messages.ts")).listMessages(services, {
        userId: principal.userId,
        conversationId,
        query,
      }),
  }),
];

import * as z from "zod";
import { reply } from "../../http/reply.ts";
import type { RequestFacts } from "../../http/route.ts";
import { positionOf } from "../../http/sse.ts";
import type { Turn } from "../../operations/chat/turn.ts";
import {
  chatSchema,
  editMessageBody,
  messageSchema,
  regenerateMessageBody,
  type SendMessage,
  sendMessageBody,
  turnSchema,
} from "../../schemas/chat.ts";
import { emptyBody, idParameter, listOf } from "../../schemas/common.ts";
import type { Services } from "../../services.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Chat";

/** Answers with a turn's events, or with what they told once it has ended. */
async function turnReply(services: Services, input: { userId: string; turn: Turn; wantsEvents: boolean }) {
  if (input.wantsEvents) return reply({ kind: "events", events: input.turn.events });
  return (await import("../../operations/chat/complete-turn.ts")).completeTurn(services, input);
}

interface TurnInput {
  readonly userId: string;
  readonly conversationId?: string;
  readonly body: SendMessage;
}

async function readForTurn(services: Services, input: TurnInput) {
  return (await import("../../operations/chat/send-message.ts")).readForMessage(services, input);
}

async function takeTurn(
  services: Services,
  input: TurnInput & { reads: ReturnType<typeof readForTurn>; request: RequestFacts },
) {
  const { sendMessage } = await import("../../operations/chat/send-message.ts");
  const turn = await sendMessage(services, { ...input, allotted: input.request.allotted });
  const wantsEvents = input.body.stream || input.request.acceptsEvents;
  return turnReply(services, { userId: input.userId, turn, wantsEvents });
}

const messageParams = z.object({ message_id: idParameter });
const versions = () => import("../../operations/chat/message-versions.ts");

export const turnRoutes = [
  defineRoute({
    method: "POST",
    path: "/v1/chat",
    summary: "Say something and start a conversation with it",
    tag,
    auth: "user",
    limit: "chat",
    usage: "chat_message",
    isIdempotent: true,
    body: sendMessageBody,
    response: chatSchema,
    answer: "json-or-events",
    ahead: readForTurn,
    handle: (services, { principal, body, request, ahead: reads }) =>
      takeTurn(services, { userId: principal.userId, body, request, reads }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/conversations/{conversation_id}/messages",
    summary: "Say something in a conversation",
    tag,
    auth: "user",
    limit: "chat",
    usage: "chat_message",
    isIdempotent: true,
    params: z.object({ conversation_id: idParameter }),
    body: sendMessageBody,
    response: turnSchema,
    answer: "json-or-events",
    ahead: (services, { userId, params, body }) =>
      readForTurn(services, { userId, conversationId: params.conversation_id, body }),
    handle: (services, { principal, params, body, request, ahead: reads }) =>
      takeTurn(services, { userId: principal.userId, conversationId: params.conversation_id, body, request, reads }),
  }),
  defineRoute({
    method: "PATCH",
    path: "/v1/messages/{message_id}",
    summary: "Edit your message; it becomes a new version, answered anew",
    tag,
    auth: "user",
    limit: "chat",
    usage: "chat_message",
    isIdempotent: true,
    params: messageParams,
    body: editMessageBody,
    response: turnSchema,
    answer: "json-or-events",
    handle: async (services, { principal, params, body, request }) =>
      turnReply(services, {
        userId: principal.userId,
        turn: await (await versions()).editMessage(services, {
          userId: principal.userId,
          messageId: params.message_id,
          body,
          allotted: request.allotted,
        }),
        wantsEvents: body.stream || request.acceptsEvents,
      }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/messages/{message_id}/regenerate",
    summary: "Answer again; the old version is kept",
    tag,
    auth: "user",
    limit: "chat",
    usage: "chat_message",
    isIdempotent: true,
    params: messageParams,
    body: regenerateMessageBody,
    response: turnSchema,
    answer: "json-or-events",
    handle: async (services, { principal, params, body, request }) =>
      turnReply(services, {
        userId: principal.userId,
        turn: await (await versions()).regenerateMessage(services, {
          userId: principal.userId,
          messageId: params.message_id,
          body,
          allotted: request.allotted,
        }),
        wantsEvents: body.stream || request.acceptsEvents,
      }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/messages/{message_id}/versions",
    summary: "All versions of a message, oldest first",
    tag,
    auth: "user",
    params: messageParams,
    response: listOf(messageSchema),
    handle: async (services, { principal, params }) =>
      (await versions()).listVersions(services, { userId: principal.userId, messageId: params.message_id }),
  }),
  defineRoute({
    method: "PUT",
    path: "/v1/messages/{message_id}/active",
    summary: "Make a version, and the branch that it is on, the active one",
    tag,
    auth: "user",
    params: messageParams,
    body: emptyBody,
    response: messageSchema,
    handle: async (services, { principal, params }) =>
      (await versions()).activateVersion(services, { userId: principal.userId, messageId: params.message_id }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/messages/{message_id}/stream",
    summary: "Go on with a stream that was lost, from `Last-Event-ID`",
    tag,
    auth: "user",
    params: messageParams,
    answer: "events",
    handle: async (services, { principal, params, request }) => {
      const { resumeTurn } = await import("../../operations/chat/follow-turn.ts");
      const after = request.header("last-event-id");
      const turn = await resumeTurn(services, {
        userId: principal.userId,
        messageId: params.message_id,
        lastEventId: after === null ? null : positionOf(after),
      });
      return reply({ kind: "events", events: turn.events, after });
    },
  }),
  defineRoute({
    method: "POST",
    path: "/v1/messages/{message_id}/stop",
    summary: "Stop an answer; what was written is kept",
    tag,
    auth: "user",
    params: messageParams,
    body: emptyBody,
    response: messageSchema,
    handle: async (services, { principal, params }) =>
      (await import("../../operations/chat/stop-message.ts")).stopMessage(services, {
        userId: principal.userId,
        messageId: params.message_id,
      }),
  }),
];

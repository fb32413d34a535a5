import * as z from "zod";
import { reply } from "../../http/reply.ts";
import type { RequestFacts } from "../../http/route.ts";
import { chatSchema, messageSchema, type SendMessage, sendMessageBody, turnSchema } from "../../schemas/chat.ts";
import { emptyBody, idParameter } from "../../schemas/common.ts";
import type { Services } from "../../services.ts";
import { defineRoute } from "../define-route.ts";

const tag = "Chat";

/** Starts a turn and answers with its events, or with what they told once it has ended. */
async function takeTurn(
  services: Services,
  input: { userId: string; conversationId?: string; body: SendMessage; request: RequestFacts },
) {
  const { request, body } = input;
  const { sendMessage } = await import("../../operations/chat/send-message.ts");
  const turn = await sendMessage(services, { ...input, allotted: request.allotted });
  if (body.stream || request.acceptsEvents) return reply({ kind: "events", events: turn.events });
  return (await import("../../operations/chat/complete-turn.ts")).completeTurn(turn);
}

export const turnRoutes = [
  defineRoute({
    method: "POST",
    path: "/v1/chat",
    summary: "Say something and start a conversation with it",
    tag,
    auth: "user",
    limit: "chat",
    isIdempotent: true,
    body: sendMessageBody,
    response: chatSchema,
    answer: "json-or-events",
    handle: (services, { principal, body, request }) => takeTurn(services, { userId: principal.userId, body, request }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/conversations/{conversation_id}/messages",
    summary: "Say something in a conversation",
    tag,
    auth: "user",
    limit: "chat",
    isIdempotent: true,
    params: z.object({ conversation_id: idParameter }),
    body: sendMessageBody,
    response: turnSchema,
    answer: "json-or-events",
    handle: (services, { principal, params, body, request }) =>
      takeTurn(services, { userId: principal.userId, conversationId: params.conversation_id, body, request }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/messages/{message_id}/stop",
    summary: "Stop an answer; what was written is kept",
    tag,
    auth: "user",
    params: z.object({ message_id: idParameter }),
    body: emptyBody,
    response: messageSchema,
    handle: async (services, { principal, params }) =>
      (await import("../../operations/chat/stop-message.ts")).stopMessage(services, {
        userId: principal.userId,
        messageId: params.message_id,
      }),
  }),
];

import * as z from "zod";
import { messageSchema } from "../../schemas/chat.ts";
import { idParameter } from "../../schemas/common.ts";
import { feedbackBody } from "../../schemas/feedback.ts";
import { defineRoute } from "../define-route.ts";

export const feedbackRoutes = [
  defineRoute({
    method: "PUT",
    path: "/v1/messages/{message_id}/feedback",
    summary: "Say whether an answer was good",
    tag: "Chat",
    auth: "user",
    params: z.object({ message_id: idParameter }),
    body: feedbackBody,
    response: messageSchema,
    handle: async (services, { principal, params, body }) =>
      (await import("../../operations/chat/give-feedback.ts")).giveFeedback(services, {
        userId: principal.userId,
        messageId: params.message_id,
        body,
      }),
  }),
];

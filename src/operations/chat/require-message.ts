import type { Message } from "../../domain/message.ts";
import type { Conversations } from "../../ports/conversations.ts";
import type { Messages } from "../../ports/messages.ts";
import { requireOwned } from "../require-owned.ts";
import { requireConversation } from "./conversations.ts";

export interface MessageInput {
  readonly userId: string;
  readonly messageId: string;
}

/** The message's document, if it is this user's. @throws AppError `not_found`, `forbidden` */
export async function requireMessage(
  { messages }: { readonly messages: Messages },
  { userId, messageId }: MessageInput,
): Promise<Message> {
  return requireOwned("message", await messages.find({ userId, messageId }), () => messages.exists(messageId));
}

/** The same, unless its conversation is deleted. @throws AppError `not_found`, `forbidden` */
export async function requireReadableMessage(
  dependencies: { readonly messages: Messages; readonly conversations: Conversations },
  input: MessageInput,
): Promise<Message> {
  const message = await requireMessage(dependencies, input);
  await requireConversation(dependencies, { userId: input.userId, conversationId: message.conversation_id });
  return message;
}

import type { Message, MessageFeedback } from "../domain/message.ts";

export interface Feedbacks {
  /** Sets or, with null, removes what the owner thinks of an answer. Null: not this user's answer. */
  set(input: {
    userId: string;
    messageId: string;
    feedback: MessageFeedback | null;
    now: Date;
  }): Promise<Message | null>;
}

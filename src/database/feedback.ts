import type { Message } from "../domain/message.ts";
import type { Feedbacks } from "../ports/feedback.ts";
import type { Database } from "./client.ts";
import { messagesDeclaration } from "./messages.ts";

export function createFeedbacks(database: Database): Feedbacks {
  const messages = database.collection<Message>(messagesDeclaration.name);
  return {
    set: ({ userId, messageId, feedback, now }) =>
      messages.run((collection) =>
        collection.findOneAndUpdate(
          { _id: messageId, user_id: userId, role: "assistant" },
          feedback === null
            ? { $unset: { feedback: "" }, $set: { updated_at: now } }
            : { $set: { feedback, updated_at: now } },
          { returnDocument: "after" },
        ),
      ),
  };
}

import * as api from "./api.ts";
import { mergeMessages } from "./entries.ts";
import { explainFailure } from "./features.ts";
import { changeEntry, type Entry } from "./state.ts";
import { announce, showToast } from "./toast.ts";

/** Tells the server what the reader thinks of an answer; on screen at once, taken back where it is refused. */
export async function rateAnswer(
  threadId: string,
  entry: Entry,
  rating: "positive" | "negative" | null,
  comment?: string,
): Promise<void> {
  const { messageId, feedback } = entry;
  if (messageId === null) return;
  changeEntry(threadId, entry.key, { feedback: rating === null ? null : { rating, comment: comment ?? null } });
  try {
    const body = comment === undefined ? { rating } : { rating, comment };
    mergeMessages(threadId, [await api.giveFeedback(messageId, body)]);
    if (comment !== undefined) showToast({ text: "Thank you. That helps." });
    else announce(rating === null ? "Rating taken back" : "Rating given");
  } catch (error) {
    changeEntry(threadId, entry.key, { feedback });
    explainFailure(error, "feedback", true);
  }
}

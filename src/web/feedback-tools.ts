import { element } from "./dom.ts";
import { tool } from "./message-tools.ts";
import { button } from "./notice.ts";
import { type Entry, store } from "./state.ts";

type Rating = "positive" | "negative";

export interface FeedbackTools {
  readonly buttons: readonly HTMLButtonElement[];
  /** A place for words, shown after a rating was given. */
  readonly form: HTMLFormElement;
  readonly show: (entry: Entry) => void;
}

const questions: Readonly<Record<Rating, string>> = {
  positive: "What was good about it? (optional)",
  negative: "What was wrong with it? (optional)",
};
const longestComment = 2_000;

/** Thumbs up and down, and a comment for who has one. */
export function feedbackTools(rate: (rating: Rating | null, comment?: string) => void): FeedbackTools {
  let given: Rating | null = null;
  let messageId: string | null = null;
  const comment = element("input", { type: "text", class: "field", maxlength: longestComment, autocomplete: "off" });
  const close = () => {
    form.hidden = true;
    comment.value = "";
  };
  const form = element(
    "form",
    { class: "feedback-form", hidden: true },
    comment,
    element("button", { type: "submit", class: "small-button" }, "Send"),
    button("No, thanks", "quiet-button", () => {
      close();
      thumbs[given ?? "positive"].focus();
    }),
  );

  const choose = (rating: Rating) => () => {
    const next = given === rating ? null : rating;
    rate(next);
    form.hidden = next === null;
    if (next === null) return;
    comment.placeholder = questions[next];
    comment.setAttribute("aria-label", questions[next]);
  };
  const thumbs: Readonly<Record<Rating, HTMLButtonElement>> = {
    positive: tool("Good answer", "thumbUp", choose("positive")),
    negative: tool("Bad answer", "thumbDown", choose("negative")),
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = comment.value.trim();
    if (given !== null && words !== "") rate(given, words);
    const back = thumbs[given ?? "positive"];
    close();
    back.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
    thumbs[given ?? "positive"].focus();
  });

  return {
    buttons: [thumbs.positive, thumbs.negative],
    form,
    show: (entry) => {
      if (entry.messageId !== messageId) close();
      messageId = entry.messageId;
      given = entry.feedback?.rating ?? null;
      const isOffered = entry.messageId !== null && entry.text !== "" && !store.get().missing.includes("feedback");
      for (const [rating, thumb] of Object.entries(thumbs)) {
        thumb.hidden = !isOffered;
        thumb.setAttribute("aria-pressed", String(given === rating));
      }
      if (given === null) form.hidden = true;
    },
  };
}

import { rateAnswer } from "./feedback.ts";
import type { Scrolling } from "./scrolling.ts";
import { changeEntry, currentThread, type Entry, store } from "./state.ts";
import { editMessage, regenerateAnswer, resend, sendMessage, type Words, withdraw } from "./turns.ts";
import { showVersion } from "./versions.ts";
import type { EntryActions } from "./view.ts";

/** What the buttons on messages do, in the thread on screen. */
export function messageActions(
  scrolling: Scrolling,
  takeBack: (words: Words) => void,
  focusBox: () => void,
): EntryActions {
  const here = () => store.get().current;
  return {
    resend: (entry) => {
      resend(here(), entry);
      // The button that had the focus goes with the notice that it was in.
      focusBox();
    },
    takeBack: (entry) => takeBack(withdraw(here(), entry)),
    beginEdit: (entry) => {
      scrolling.release();
      changeEntry(here(), entry.key, { editing: { text: entry.text, problem: null } });
    },
    endEdit: (entry) => changeEntry(here(), entry.key, { editing: null }),
    saveEdit: (entry, text) => {
      if (currentThread(store.get()).turn !== null) return;
      editMessage(here(), { ...entry, editing: null }, text);
    },
    regenerate: (entry) => regenerateAnswer(here(), entry),
    showVersion: (entry, step) => {
      scrolling.release();
      void showVersion(here(), entry, step);
    },
    rate: (entry, rating, comment) => void rateAnswer(here(), entry, rating, comment),
    say: (text) => sendMessage(here(), { text }),
  };
}

/** The last message of one's own that can be edited. */
export function lastQuestion(): Entry | null {
  const { entries, turn } = currentThread(store.get());
  if (turn !== null) return null;
  return entries.findLast((entry) => entry.role === "user" && entry.messageId !== null) ?? null;
}

/** The last answer that is complete. */
export function lastAnswer(): Entry | null {
  const { entries, turn } = currentThread(store.get());
  if (turn !== null) return null;
  return entries.findLast((entry) => entry.role === "assistant" && entry.messageId !== null) ?? null;
}

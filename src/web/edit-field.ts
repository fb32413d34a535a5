import { element } from "./dom.ts";
import { button, problemNotice } from "./notice.ts";
import type { Problem } from "./problem.ts";

const longest = 100_000;

/** Makes a text field as tall as its text, in browsers that do not know `field-sizing`. */
export function fitHeight(field: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.setProperty("height", "auto");
  field.style.setProperty("height", `${field.scrollHeight}px`);
}

interface EditFieldOptions {
  readonly text: string;
  readonly problem: Problem | null;
  readonly save: (text: string) => void;
  readonly cancel: () => void;
}

/** A message of one's own as a field. Enter sends, Shift and Enter make a new line, Escape leaves it as it was. */
export function editField({ text, problem, save, cancel }: EditFieldOptions): {
  node: HTMLElement;
  focus: () => void;
} {
  const field = element("textarea", {
    dir: "auto",
    class: "edit-text",
    "aria-label": "Edit the message",
    maxlength: longest,
    rows: 1,
  });
  field.value = text;
  const send = element("button", { type: "submit", class: "primary-button when-idle" }, "Send");
  const form = element(
    "form",
    { class: "edit" },
    field,
    element(
      "div",
      { class: "edit-row" },
      element("span", { class: "edit-hint" }, "The version before is kept."),
      button("Cancel", "quiet-button", cancel),
      send,
    ),
    problem !== null && problemNotice(problem),
  );
  const isUnchanged = () => field.value.trim() === "" || (field.value === text && problem === null);
  const show = () => {
    send.disabled = isUnchanged();
    fitHeight(field);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isUnchanged()) save(field.value.trim());
  });
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      cancel();
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  show();
  return {
    node: form,
    focus: () => {
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
      show();
    },
  };
}

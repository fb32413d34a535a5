import { element } from "../dom.ts";
import { ApiError, problemFrom, wordsFor } from "../problem.ts";
import { newKey } from "../state.ts";

export interface Field {
  readonly node: HTMLElement;
  /** Without the spaces around it. */
  readonly value: () => string;
  /** Exactly what was typed, as for passwords. */
  readonly raw: () => string;
  readonly clear: () => void;
  /** Says what is wrong with it; null for nothing. */
  readonly complain: (message: string | null) => void;
  readonly focus: () => void;
}

interface FieldOptions {
  readonly label: string;
  readonly value?: string;
  readonly type?: "text" | "email" | "password" | "number" | "url";
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly isRequired?: boolean;
  readonly autocomplete?: string;
  readonly hint?: string;
  /** More than one makes it a box. */
  readonly lines?: number;
}

/** A labelled box to type into, with a place for what is wrong with it. */
export function field(options: FieldOptions): Field {
  const id = `field-${newKey()}`;
  const common = {
    id,
    "aria-describedby": `${id}-hint ${id}-problem`,
    maxlength: options.maxLength,
    minlength: options.minLength,
    required: options.isRequired,
    autocomplete: options.autocomplete,
  };
  const input =
    (options.lines ?? 1) > 1
      ? element("textarea", { ...common, rows: options.lines })
      : element("input", { ...common, type: options.type ?? "text" });
  input.value = options.value ?? "";
  const problem = element("p", { id: `${id}-problem`, class: "field-problem", role: "alert" });
  const node = element(
    "div",
    { class: "form-field" },
    element("label", { for: id }, options.label),
    input,
    options.hint !== undefined && element("p", { id: `${id}-hint`, class: "field-hint" }, options.hint),
    problem,
  );
  return {
    node,
    value: () => input.value.trim(),
    raw: () => input.value,
    clear: () => {
      input.value = "";
    },
    complain: (message) => {
      problem.textContent = message ?? "";
      input.toggleAttribute("aria-invalid", message !== null);
    },
    focus: () => input.focus(),
  };
}

interface FormOptions {
  /** By the names that the server's complaints have (`errors[].path`). */
  readonly fields: Readonly<Record<string, Field>>;
  readonly action: string;
  readonly submit: () => Promise<void>;
  /** Stands between the fields and the button. */
  readonly extra?: readonly Node[];
}

/** A form that shows each complaint of the server beside its field, and the others below. */
export function form({ fields, action, submit, extra = [] }: FormOptions): HTMLFormElement {
  const button = element("button", { type: "submit", class: "primary-button" }, action);
  const problem = element("p", { class: "form-problem", role: "alert" });
  const all = Object.values(fields);

  const show = (error: unknown) => {
    const errors = error instanceof ApiError ? error.problem.errors : [];
    const placed = errors.filter(({ path }) => fields[path] !== undefined);
    for (const { path, message } of placed) fields[path]?.complain(message);
    if (placed.length < errors.length || errors.length === 0) problem.textContent = wordsFor(problemFrom(error));
    fields[placed[0]?.path ?? ""]?.focus();
  };

  const node = element(
    "form",
    {
      class: "form",
      onsubmit: (event) => {
        event.preventDefault();
        if (button.ariaDisabled === "true") return;
        // A button that is disabled in full would lose the focus, and with it the place of who uses the keyboard.
        button.ariaDisabled = "true";
        problem.textContent = "";
        for (const one of all) one.complain(null);
        void submit()
          .catch(show)
          .finally(() => {
            button.ariaDisabled = null;
          });
      },
    },
    ...all.map((one) => one.node),
    ...extra,
    problem,
    element("div", { class: "form-actions" }, button),
  );
  return node;
}

import { icon } from "./icons.ts";
import { announce } from "./toast.ts";

const confirmationMs = 1_800;

/** Copies text and says on the button whether that worked. */
export async function copyText(control: HTMLButtonElement, text: string, label: string | null = "Copy"): Promise<void> {
  const isCopied = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
  const outcome = isCopied ? "Copied" : "Not copied";
  control.replaceChildren(icon(isCopied ? "check" : "warning"), ...(label === null ? [] : [outcome]));
  announce(outcome);
  window.setTimeout(() => control.replaceChildren(icon("copy"), ...(label === null ? [] : [label])), confirmationMs);
}

/** Makes the copy buttons of all code blocks in an element work, those to come included. */
export function listenForCodeCopies(root: HTMLElement): void {
  root.addEventListener("click", (event) => {
    const control = event.target instanceof Element ? event.target.closest("button[data-copy-code]") : null;
    if (!(control instanceof HTMLButtonElement)) return;
    void copyText(control, control.closest(".code")?.querySelector("pre")?.textContent.trimEnd() ?? "");
  });
}

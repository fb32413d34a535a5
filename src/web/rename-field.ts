import { element } from "./dom.ts";

/**
 * A field for a new title. Enter and leaving it keep what was typed, Escape does not.
 * @param onEnd called once; the title is null where nothing is to change
 */
export function renameField(title: string, onEnd: (title: string | null, isByKey: boolean) => void): HTMLInputElement {
  const input = element("input", {
    type: "text",
    class: "rename-field",
    dir: "auto",
    maxlength: 200,
    "aria-label": "New title",
  });
  input.value = title;
  let isDone = false;
  const end = (isKept: boolean, isByKey: boolean) => {
    if (isDone) return;
    isDone = true;
    onEnd(isKept ? input.value : null, isByKey);
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") end(true, true);
    if (event.key !== "Escape") return;
    event.preventDefault();
    end(false, true);
  });
  input.addEventListener("blur", () => end(true, false));
  return input;
}

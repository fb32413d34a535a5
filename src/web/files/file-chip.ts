import * as api from "../api.ts";
import { element } from "../dom.ts";
import { saveBlob } from "../export.ts";
import { bytesText } from "../format.ts";
import { icon } from "../icons.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import type { MessageFile } from "../state.ts";
import { showToast } from "../toast.ts";
import { filePreview } from "./file-preview.ts";

async function save({ fileId, name }: MessageFile): Promise<void> {
  try {
    saveBlob(await (await api.getFileContent(fileId)).blob(), name);
  } catch (error) {
    showToast({ text: wordsFor(problemFrom(error)), tone: "problem" });
  }
}

/** A file that went with a message, in a line; pressing it saves the file. */
export function fileChip(file: MessageFile): HTMLElement {
  const sign = icon("file");
  const preview = filePreview(file, () => sign.remove());
  return element(
    "button",
    { type: "button", class: "file-chip", title: `Save ${file.name}`, onclick: () => void save(file) },
    sign,
    preview,
    element("span", { class: "file-name" }, file.name),
    file.size !== null && element("span", { class: "file-fact" }, bytesText(file.size)),
  );
}

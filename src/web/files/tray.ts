import { element, reconcile } from "../dom.ts";
import { bytesText } from "../format.ts";
import { icon } from "../icons.ts";
import { type Attachment, store } from "../state.ts";
import { attachmentsOf, detach } from "./attachments.ts";

interface Chip {
  readonly node: HTMLElement;
  readonly show: (attachment: Attachment) => void;
}

function factOf({ status, progress, problem, size }: Attachment): string {
  if (problem !== null) return problem;
  if (status === "uploading") return `Uploading ${Math.round(progress * 100)} %`;
  return status === "reading" ? "Reading…" : bytesText(size);
}

function chipOf(first: Attachment, remove: () => void): Chip {
  const fact = element("span", { class: "file-fact" });
  const bar = element("progress", { class: "file-progress", max: 1, "aria-label": `Upload of ${first.name}` });
  const picture =
    first.preview === null
      ? icon("file")
      : element("img", { class: "file-preview", src: first.preview, alt: "", width: 32, height: 32 });
  const node = element(
    "li",
    { class: "attachment", title: first.name },
    picture,
    element("span", { class: "attachment-text" }, element("span", { class: "file-name" }, first.name), fact),
    element(
      "button",
      { type: "button", class: "tool", "aria-label": `Remove ${first.name}`, title: "Remove", onclick: remove },
      icon("close"),
    ),
    bar,
  );
  const show = (attachment: Attachment) => {
    node.dataset.status = attachment.status;
    fact.textContent = factOf(attachment);
    bar.hidden = attachment.status !== "uploading";
    bar.value = attachment.progress;
  };
  show(first);
  return { node, show };
}

/** The files that go with the next message of the thread on screen. */
export function createTray(onChange: () => void): HTMLElement {
  const list = element("ul", { class: "tray", "aria-label": "Files for this message", hidden: true });
  const chips = new Map<string, Chip>();
  store.watch(
    (state) => state.attachments[state.current],
    () => {
      const { current } = store.get();
      const attachments = attachmentsOf(current);
      const keys = new Set(attachments.map(({ key }) => key));
      for (const key of chips.keys()) if (!keys.has(key)) chips.delete(key);
      const nodes = attachments.map((attachment) => {
        const { key } = attachment;
        const chip = chips.get(key) ?? chipOf(attachment, () => detach(store.get().current, key));
        chips.set(key, chip);
        chip.show(attachment);
        return chip.node;
      });
      reconcile(list, nodes);
      list.hidden = nodes.length === 0;
      onChange();
    },
  );
  return list;
}

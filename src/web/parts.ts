import type { ContentPart } from "./api-types.ts";
import { element } from "./dom.ts";
import { codeBlock, showMarkdown } from "./markdown.ts";
import { button } from "./notice.ts";
import { pictureStrip } from "./picture-strip.ts";
import type { Picture } from "./state.ts";

export interface Parts {
  readonly node: HTMLElement;
  readonly show: (parts: readonly ContentPart[], pictures: readonly Picture[]) => void;
}

/** Only addresses of the web: anything else in a button or card is shown without its link. */
function safeAddress(url: string | undefined): string | null {
  return url !== undefined && /^https?:\/\//i.test(url) ? url : null;
}

function link(url: string, label: string, kind: string): HTMLElement {
  return element("a", { class: kind, href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, label);
}

function pictureOf(imageId: string | undefined, pictures: readonly Picture[], caption: string): readonly Node[] {
  const picture = pictures.find((known) => known.imageId === imageId);
  return picture === undefined ? [] : [pictureStrip([picture], caption)];
}

function proseOf(text: string): HTMLElement {
  const prose = element("div", { class: "prose" });
  showMarkdown(prose, text);
  return prose;
}

/**
 * Structured content, as it is meant: text, code, pictures, buttons and cards.
 * @param say what a button without an address says when it is pressed; null where nobody can answer
 */
export function createParts(say: ((text: string) => void) | null): Parts {
  const node = element("div", { class: "parts" });
  let shown: readonly ContentPart[] | null = null;

  const render = (part: ContentPart, pictures: readonly Picture[]): readonly Node[] => {
    switch (part.type) {
      case "text":
        return [proseOf(part.value)];
      case "code":
        return [codeBlock(part.value.code, part.value.language ?? "")];
      case "image":
        return pictureOf(part.value.image_id, pictures, part.value.caption ?? "");
      case "button": {
        const { label, url, action } = part.value;
        const address = safeAddress(url);
        if (address !== null) return [link(address, label, "small-button")];
        if (say === null) return [element("span", { class: "small-button is-inert" }, label)];
        return [button(label, "small-button when-idle", () => say(action ?? label))];
      }
      case "card": {
        const { title, text, url, image_id } = part.value;
        const address = safeAddress(url);
        return [
          element(
            "section",
            { class: "card" },
            ...pictureOf(image_id, pictures, title),
            element("h3", {}, address === null ? title : link(address, title, "card-link")),
            text !== undefined && text !== "" && proseOf(text),
          ),
        ];
      }
    }
  };

  return {
    node,
    show: (parts, pictures) => {
      if (parts === shown) return;
      shown = parts;
      node.replaceChildren(...parts.flatMap((part) => render(part, pictures)));
    },
  };
}

import type { ContentPart } from "./content-part.ts";
import { inertMarkdown, plainInMarkdown } from "./inert-markdown.ts";

const encoded: Readonly<Record<string, string>> = { "(": "%28", ")": "%29" };

/** A link whose address cannot end it early. The schemas let only http(s) addresses into content. */
export function markdownLink(label: string, url: string): string {
  const target = url.replace(/[()<>\s\\]/g, (character) => encoded[character] ?? encodeURIComponent(character));
  return `[${plainInMarkdown(label)}](${target})`;
}

/** A block of code behind a fence that is longer than any run of backticks in it. CommonMark 0.31 §4.5. */
function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}

/**
 * Structured content as Markdown to be read, safe to render.
 * @param pictureUrl the address of one of the message's pictures; undefined when it is gone
 */
export function contentMarkdown(
  parts: readonly ContentPart[],
  pictureUrl: (imageId: string) => string | undefined,
): string {
  const picture = (imageId: string | undefined, caption: string | undefined): string => {
    const url = imageId === undefined ? undefined : pictureUrl(imageId);
    const label = caption === undefined || caption === "" ? "Picture" : `Picture: ${caption}`;
    return url === undefined ? "" : markdownLink(label, url);
  };
  const block = (part: ContentPart): string => {
    switch (part.type) {
      case "text":
        return inertMarkdown(part.value).trim();
      case "code":
        return fenced(part.value.code, part.value.language ?? "");
      case "image":
        return picture(part.value.image_id, part.value.caption);
      case "button": {
        const { label, url } = part.value;
        return url === undefined ? `**${plainInMarkdown(label)}**` : markdownLink(label, url);
      }
      case "card": {
        const { title, text, image_id, url } = part.value;
        const heading = `### ${url === undefined ? plainInMarkdown(title) : markdownLink(title, url)}`;
        return [heading, picture(image_id, title), inertMarkdown(text ?? "").trim()].filter(Boolean).join("\n\n");
      }
    }
  };
  return parts.map(block).filter(Boolean).join("\n\n");
}

import type { ContentPart, MessageJson } from "./api-types.ts";

function wordsOfPart(part: ContentPart): string {
  switch (part.type) {
    case "text":
      return part.value;
    case "code":
      return `\`\`\`${part.value.language ?? ""}\n${part.value.code}\n\`\`\``;
    case "image":
      return part.value.caption ?? "";
    case "button":
      return part.value.label;
    case "card":
      return [part.value.title, part.value.text ?? ""].filter((line) => line !== "").join("\n");
  }
}

/** The words of a message's content, as Markdown. */
export function wordsOf(content: MessageJson["content"]): string {
  if (typeof content === "string") return content;
  return content
    .map(wordsOfPart)
    .filter((words) => words !== "")
    .join("\n\n");
}

/** A piece of a structured message. Values are data: clients render them, nothing here is ever run. */
export type ContentPart =
  | { readonly type: "text"; readonly value: string }
  | { readonly type: "code"; readonly value: { readonly code: string; readonly language?: string | undefined } }
  | { readonly type: "image"; readonly value: { readonly image_id: string; readonly caption?: string | undefined } }
  | {
      readonly type: "button";
      readonly value: {
        readonly label: string;
        readonly action?: string | undefined;
        readonly url?: string | undefined;
      };
    }
  | {
      readonly type: "card";
      readonly value: {
        readonly title: string;
        readonly text?: string | undefined;
        readonly image_id?: string | undefined;
        readonly url?: string | undefined;
      };
    };

/** The words of structured content: what models read and search finds. */
export function plainText(parts: readonly ContentPart[]): string {
  return parts
    .map(plainPart)
    .filter((text) => text !== "")
    .join("\n\n");
}

function plainPart(part: ContentPart): string {
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
      return [part.value.title, part.value.text ?? ""].filter((text) => text !== "").join("\n");
  }
}

/** The pictures that structured content shows, each once, in order. */
export function partImageIds(parts: readonly ContentPart[]): string[] {
  const ids = parts.flatMap((part) => {
    if (part.type === "image") return [part.value.image_id];
    return part.type === "card" && part.value.image_id !== undefined ? [part.value.image_id] : [];
  });
  return [...new Set(ids)];
}

import { invalidField } from "../../domain/errors.ts";
import type { PromptMessage, PromptPart } from "../../domain/prompt.ts";
import type { OpenAIMessage } from "../../schemas/openai.ts";

/** How a picture's data URL begins (RFC 2397, as clients write it). */
const dataUrlStart = /^data:(image\/(?:png|jpeg|gif|webp));base64,/;
/** Sought, not matched as a whole: a pattern over millions of characters would run out of stack. */
const notBase64 = /[^A-Za-z0-9+/=]/;

/**
 * OpenAI's messages as Muse's prompt.
 * @throws AppError `validation_failed` naming the message, for a result of a tool that nobody called and for a picture
 * that is not a data URL
 */
export function toPrompt(messages: readonly OpenAIMessage[]): PromptMessage[] {
  const called = new Set<string>();
  return messages.map((message, index) => {
    const path = `messages.${index}`;
    switch (message.role) {
      case "system":
      case "developer":
        return { role: "system", content: toText(message.content) };
      case "user":
        return { role: "user", content: toUserContent(message.content, path) };
      case "assistant": {
        const toolCalls = message.tool_calls?.map((call) => ({ id: call.id, ...toFunction(call) }));
        for (const { id } of toolCalls ?? []) called.add(id);
        const content = message.content ?? "";
        return { role: "assistant", content: toText(content), ...(toolCalls === undefined ? {} : { toolCalls }) };
      }
      case "tool":
        if (!called.has(message.tool_call_id)) {
          throw invalidField(`${path}.tool_call_id`, "answers no tool call of an assistant message before it");
        }
        return { role: "tool", content: toText(message.content), toolCallId: message.tool_call_id };
    }
    return message satisfies never;
  });
}

function toFunction(call: { function: { name: string; arguments: string } }) {
  return { name: call.function.name, arguments: call.function.arguments };
}

type SpokenPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "refusal"; readonly refusal: string };

function toText(content: string | readonly SpokenPart[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : part.refusal)).join("\n");
}

function toUserContent(
  content: Extract<OpenAIMessage, { role: "user" }>["content"],
  path: string,
): string | readonly PromptPart[] {
  if (typeof content === "string") return content;
  return content.map((part, index) => {
    if (part.type === "text") return { type: "text", text: part.text };
    const { url } = part.image_url;
    const [start = "", mimeType] = dataUrlStart.exec(url) ?? [];
    const base64 = url.slice(start.length);
    if (mimeType === undefined || base64 === "" || notBase64.test(base64)) {
      throw invalidField(
        `${path}.content.${index}.image_url.url`,
        "must be a data URL of a PNG, JPEG, GIF or WebP picture in base64; addresses are not fetched",
      );
    }
    return { type: "image", mimeType, base64 };
  });
}

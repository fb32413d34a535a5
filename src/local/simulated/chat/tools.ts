import type { PromptMessage, ToolCall } from "../../../domain/prompt.ts";
import type { ChatRequest, ToolDefinition } from "../../../ports/providers.ts";
import { hashText } from "../random.ts";
import { quote, toPlain } from "./conversation.ts";
import { fillSchema } from "./structured.ts";

/** Words of a tool's name that say nothing about when it is of use. */
const commonWords = new Set([
  "get",
  "set",
  "list",
  "find",
  "search",
  "create",
  "update",
  "delete",
  "fetch",
  "read",
  "run",
  "query",
  "the",
  "for",
  "of",
  "current",
  "tool",
  "function",
]);

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !commonWords.has(word));
}

/** Whether a message calls for a tool: it names it, or says every word that makes the tool's name. */
function isCalledFor(tool: ToolDefinition, plain: string): boolean {
  const words = wordsOf(tool.name);
  return plain.includes(tool.name.toLowerCase()) || (words.length > 0 && words.every((word) => plain.includes(word)));
}

function chooseTools({ tools = [], toolChoice = "auto" }: ChatRequest, text: string): readonly ToolDefinition[] {
  if (toolChoice === "none") {
    return [];
  }
  if (typeof toolChoice === "object") {
    return tools.filter(({ name }) => name === toolChoice.name);
  }
  const called = tools.filter((tool) => isCalledFor(tool, toPlain(text)));
  return called.length === 0 && toolChoice === "required" ? tools.slice(0, 1) : called;
}

/** What tools said since the user spoke last. */
function readResults(messages: readonly PromptMessage[]): string[] {
  const last = messages.findLastIndex((message) => message.role === "user");
  const calls = messages.flatMap((message) => (message.role === "assistant" ? (message.toolCalls ?? []) : []));
  return messages.slice(last + 1).flatMap((message) => {
    if (message.role !== "tool") {
      return [];
    }
    const name = calls.find(({ id }) => id === message.toolCallId)?.name ?? "The tool";
    return [`**${name}** says: ${quote(message.content, 400)}`];
  });
}

/**
 * The calls that the simulated model asks for, their arguments made of the words of the user's message. Once the tools
 * have answered it asks for no more.
 * @param text the user's last message, as the model sees it
 */
export function chooseToolCalls(request: ChatRequest, text: string): readonly ToolCall[] {
  if (readResults(request.messages).length > 0) {
    return [];
  }
  return chooseTools(request, text).map((tool, index) => {
    const input = JSON.stringify(fillSchema({ type: "object", ...tool.parameters }, text));
    return { id: `call_${hashText(`${text}/${tool.name}/${index}`).toString(36)}`, name: tool.name, arguments: input };
  });
}

/** An answer out of what the tools said; undefined where none was asked. */
export function answerFromTools(messages: readonly PromptMessage[]): string | undefined {
  const results = readResults(messages);
  return results.length === 0
    ? undefined
    : `Here is what I found:\n\n${results.map((result) => `- ${result}`).join("\n")}`;
}

import type { PromptMessage, ToolCall } from "../../../domain/prompt.ts";
import type { ChatRequest, ToolDefinition } from "../../../ports/providers.ts";
import { hashText } from "../random.ts";
import { quote } from "./conversation.ts";
import { fillSchema } from "./structured.ts";
import { readToolRequest, type ToolRequest } from "./tool-requests.ts";

/** Names that an argument has which takes what the tool is asked about. */
const subjectNames = ["prompt", "description", "content", "fact", "text", "query", "q", "search", "topic", "input"];

interface ChosenTool {
  readonly tool: ToolDefinition;
  readonly request: ToolRequest;
}

function chooseTools({ tools = [], toolChoice = "auto" }: ChatRequest, text: string): readonly ChosenTool[] {
  if (toolChoice === "none") {
    return [];
  }
  const asked = tools.map((tool) => ({ tool, request: readToolRequest(tool, text) }));
  const forced = (chosen: readonly (typeof asked)[number][]) =>
    chosen.map(({ tool, request }) => ({ tool, request: request ?? {} }));
  if (typeof toolChoice === "object") {
    return forced(asked.filter(({ tool }) => tool.name === toolChoice.name));
  }
  const wanted = asked.flatMap(({ tool, request }) => (request === undefined ? [] : [{ tool, request }]));
  return wanted.length === 0 && toolChoice === "required" ? forced(asked.slice(0, 1)) : wanted;
}

/** What the message spells out, or what its words make of the tool's schema. */
function writeArguments({ tool, request }: ChosenTool, text: string): string {
  if (request.json !== undefined) {
    return JSON.stringify(request.json);
  }
  const filled = fillSchema({ type: "object", ...tool.parameters }, text);
  const { subject } = request;
  if (subject === undefined || typeof filled !== "object" || filled === null) {
    return JSON.stringify(filled);
  }
  const taker = Object.entries(filled).find(
    ([name, value]) => subjectNames.includes(name) && typeof value === "string",
  );
  return JSON.stringify(taker === undefined ? filled : { ...filled, [taker[0]]: subject });
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
    return [`**${name}** says: ${describeResult(message.content)}`];
  });
}

/** A result in words as far as it is simple: the fields of an object one by one, anything else as it stands. */
function describeResult(content: string): string {
  const result = unwrap(parse(content));
  if (typeof result !== "object" || result === null || Array.isArray(result)) {
    return quote(typeof result === "string" ? result : content, 400);
  }
  const fields = Object.entries(result).map(([name, value]) => {
    const shown = typeof value === "object" ? JSON.stringify(value) : String(value);
    return `${name.replaceAll("_", " ")}: ${shown.length > 200 ? `${shown.slice(0, 200)}…` : shown}`;
  });
  return fields.length === 0 ? "nothing" : fields.join(", ");
}

/** What is in an envelope such as `{"result": …}`. */
function unwrap(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  const [only] = entries;
  return entries.length === 1 && only?.[0] === "result" ? only[1] : value;
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

/**
 * The calls that the simulated model asks for. It calls a tool that the user's message names ("call get_weather with
 * {"city": "Oslo"}"), clearly asks for ("draw me a fox", "what time is it?") or says all words of; and whatever the
 * request forces it to. Once the tools have answered it asks for no more.
 * @param text the user's last message, as the model sees it
 */
export function chooseToolCalls(request: ChatRequest, text: string): readonly ToolCall[] {
  if (readResults(request.messages).length > 0) {
    return [];
  }
  return chooseTools(request, text).map((chosen, index) => ({
    id: `call_${hashText(`${text}/${chosen.tool.name}/${index}`).toString(36)}`,
    name: chosen.tool.name,
    arguments: writeArguments(chosen, text),
  }));
}

/** An answer out of what the tools said; undefined where none was asked. */
export function answerFromTools(messages: readonly PromptMessage[]): string | undefined {
  const results = readResults(messages);
  return results.length === 0
    ? undefined
    : `Here is what I found:\n\n${results.map((result) => `- ${result}`).join("\n")}`;
}

import * as z from "zod";
import type { FunctionCall } from "../../domain/message.ts";
import type { ToolCall } from "../../domain/prompt.ts";
import type { ToolDefinition } from "../../ports/providers.ts";

/** For whom and where a tool works. */
export interface ToolContext {
  readonly userId: string;
  readonly conversationId: string;
  /** The answer that calls the tool. */
  readonly messageId: string;
  readonly signal: AbortSignal;
}

/** A function that a model may call, with typed input and output. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType;
  /** @param input as JSON; the tool parses it by its own schema */
  run(context: ToolContext, input: unknown): Promise<unknown>;
}

/** Makes a tool whose `run` gets parsed input, and whose result is what its schema names and nothing more. */
export function defineTool<I extends z.ZodType, O extends z.ZodType>(tool: {
  name: string;
  description: string;
  input: I;
  output: O;
  run(context: ToolContext, input: z.output<I>): Promise<z.input<O>>;
}): Tool {
  const { name, description, input, output } = tool;
  return {
    name,
    description,
    input,
    run: async (context, given) => output.parse(await tool.run(context, input.parse(given))),
  };
}

const described = new WeakMap<readonly Tool[], readonly ToolDefinition[]>();

/** What the provider is told of the tools. Made once for a list of tools: every turn asks for it. */
export function describeTools(tools: readonly Tool[]): readonly ToolDefinition[] {
  const known = described.get(tools);
  if (known !== undefined) return known;
  const definitions = tools.map(({ name, description, input }) => {
    const { $schema: _dialect, ...parameters } = z.toJSONSchema(input, { io: "input" }) as Record<string, unknown>;
    return { name, description, parameters };
  });
  described.set(tools, definitions);
  return definitions;
}

/** The longest that one call may take, in ms. */
const callTimeoutMs = 15_000;

/**
 * Carries out a call. Whatever goes wrong is told to the model as the call's error, in a sentence: it can then do
 * something else, and the turn goes on.
 */
export async function callTool(tools: readonly Tool[], context: ToolContext, call: ToolCall): Promise<FunctionCall> {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) return { ...call, error: `There is no tool named ${call.name}.` };
  const timeout = AbortSignal.timeout(callTimeoutMs);
  const signal = AbortSignal.any([context.signal, timeout]);
  try {
    const input: unknown = call.arguments.trim() === "" ? {} : JSON.parse(call.arguments);
    const result = await Promise.race([tool.run({ ...context, signal }, input), untilAborted(signal)]);
    return { ...call, result };
  } catch (error) {
    return { ...call, error: explain(error) };
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new ToolTimeout()), { once: true });
  });
}

class ToolTimeout extends Error {}

/** A sentence for the model: our own errors in their words, all others without theirs. */
function explain(error: unknown): string {
  if (error instanceof SyntaxError) return "The arguments were not valid JSON.";
  if (error instanceof z.ZodError) return `The arguments were not valid: ${z.prettifyError(error)}`;
  if (error instanceof ToolTimeout) return "The tool took too long or was stopped.";
  if (error instanceof Error && error.name === "AppError") return error.message;
  return "The tool failed.";
}

import type { FunctionCall, Message } from "../../domain/message.ts";
import type { PromptMessage, ToolCall } from "../../domain/prompt.ts";
import type { ChatChunk, ChatModel, ChatProvider, ChatRequest } from "../../ports/providers.ts";
import type { EventChannel } from "../event-channel.ts";
import { callTool } from "../tools/tool.ts";
import type { TokenUsage } from "./credit-meter.ts";
import { createdSequence, eventId, outcomeOf, type Prompt, type TurnDependencies, type TurnEvent } from "./turn.ts";

/** How often a model may look at the results of tools and ask for more, within one turn. */
const maxRounds = 5;
/** How many calls a turn carries out in all. */
const maxCalls = 10;
/** Characters of a result that the model gets. */
const resultLength = 20_000;

type FinishKind = Extract<ChatChunk, { type: "finish" }>["reason"];

/** What an answer consists of, as it grows. */
export interface AnswerDraft {
  text: string;
  /** The provider's numbers, summed up over its answers; undefined when it gave none. */
  usage: TokenUsage | undefined;
  finish: FinishKind | undefined;
  firstTokenMs: number | undefined;
  readonly functionCalls: FunctionCall[];
}

interface AnswerInput {
  readonly answer: Message;
  readonly model: ChatModel;
  readonly prompt: Prompt;
  readonly channel: EventChannel<TurnEvent>;
  readonly draft: AnswerDraft;
  readonly stop: AbortSignal;
  readonly startedAt: number;
}

/**
 * Reads an answer from the provider into the draft and the channel. Where the model calls tools they are carried out and
 * it goes on with their results, for a limited number of rounds; then it has to answer without them.
 * @throws AppError what the provider failed with
 */
export async function readAnswer(dependencies: TurnDependencies, input: AnswerInput): Promise<void> {
  const { prompt, model, draft, stop } = input;
  const provider = await (await dependencies.providers()).chatProvider(model.provider);
  const emit = createEmitter(input.channel, draft);
  let messages: readonly PromptMessage[] = prompt.messages;
  for (let round = 1; ; round += 1) {
    const mayCall = round <= maxRounds && draft.functionCalls.length < maxCalls;
    const request: ChatRequest = {
      model: model.providerModel,
      messages,
      maxTokens: prompt.maxTokens,
      temperature: prompt.temperature,
      topP: prompt.topP,
      ...(prompt.tools.length === 0 ? {} : { tools: prompt.tools, toolChoice: mayCall ? "auto" : "none" }),
    };
    const { text, calls } = await readRound(dependencies, input, provider, request, emit);
    if (stop.aborted || calls.length === 0 || !mayCall) return;
    const results = await carryOut(dependencies, input, calls, emit);
    if (stop.aborted) return;
    messages = [...messages, { role: "assistant", content: text, toolCalls: calls }, ...results];
  }
}

type Emit = (event: "delta" | "tool_call" | "tool_result", data: unknown) => void;

/** Numbers the events; `message.created` was the second. */
function createEmitter(channel: EventChannel<TurnEvent>, draft: AnswerDraft): Emit {
  let sequence = createdSequence;
  let toolEvents = 0;
  return (event, data) => {
    sequence += 1;
    if (event !== "delta") toolEvents += 1;
    channel.push({ event, data, id: eventId({ sequence, length: draft.text.length, toolEvents }) });
  };
}

/** One answer of the provider: text into the draft, calls given back. */
async function readRound(
  { clock }: TurnDependencies,
  { draft, stop, startedAt }: AnswerInput,
  provider: ChatProvider,
  request: ChatRequest,
  emit: Emit,
): Promise<{ text: string; calls: ToolCall[] }> {
  const calls: ToolCall[] = [];
  const begunAt = draft.text.length;
  for await (const chunk of provider.stream(request, stop)) {
    if (stop.aborted) break;
    if (chunk.type === "usage") {
      draft.usage = {
        promptTokens: (draft.usage?.promptTokens ?? 0) + chunk.promptTokens,
        completionTokens: (draft.usage?.completionTokens ?? 0) + chunk.completionTokens,
      };
    } else if (chunk.type === "finish") {
      draft.finish = chunk.reason;
    } else if (chunk.type === "tool_call") {
      calls.push(chunk.call);
    } else {
      draft.firstTokenMs ??= clock.now().getTime() - startedAt;
      // What was said before a call and what is said after it are two paragraphs.
      const text = draft.text.length === begunAt && begunAt > 0 ? `\n\n${chunk.text}` : chunk.text;
      draft.text += text;
      emit("delta", { text });
    }
  }
  return { text: draft.text.slice(begunAt), calls };
}

/** Carries the calls out one after the other, as a model may count on their order. */
async function carryOut(
  { tools }: TurnDependencies,
  { answer, draft, stop }: AnswerInput,
  calls: readonly ToolCall[],
  emit: Emit,
): Promise<PromptMessage[]> {
  const results: PromptMessage[] = [];
  for (const call of calls) {
    const mayRun = draft.functionCalls.length < maxCalls;
    // Kept from its start, so that a client that resumes the stream elsewhere meets it in its place.
    const place = { text_offset: draft.text.length };
    const index = draft.functionCalls.push({ ...call, ...place }) - 1;
    emit("tool_call", call);
    const context = {
      userId: answer.user_id,
      conversationId: answer.conversation_id,
      messageId: answer._id,
      signal: stop,
    };
    const done: FunctionCall = mayRun
      ? await callTool(await tools(), context, call)
      : { ...call, error: "Too many calls in one turn." };
    draft.functionCalls[index] = { ...done, ...place };
    const outcome = outcomeOf(done);
    emit("tool_result", { id: call.id, name: call.name, ...outcome });
    results.push({ role: "tool", toolCallId: call.id, content: JSON.stringify(outcome).slice(0, resultLength) });
  }
  return results;
}

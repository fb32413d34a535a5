import { AppError } from "../../../domain/errors.ts";
import { promptImages, type ToolCall } from "../../../domain/prompt.ts";
import type { Clock } from "../../../ports/platform.ts";
import type { ChatChunk, ChatModel, ChatProvider, ChatRequest } from "../../../ports/providers.ts";
import { type Directives, readDirectives } from "../directives.ts";
import { breakdownError, failureError } from "../failures.ts";
import { composeAnswer } from "./answer.ts";
import { type SpokenMessage, toSpoken } from "./spoken-message.ts";
import { formatAnswer } from "./structured.ts";
import { countedPieces, countPromptTokens, splitTokens, type TextPiece } from "./tokens.ts";
import { answerFromTools, chooseToolCalls } from "./tools.ts";

export const simulatedChatModel: ChatModel = {
  id: "muse-chat",
  provider: "simulated",
  providerModel: "muse-chat",
  contextWindow: 32_768,
  maxOutputTokens: 4_096,
  promptMicroUsdPerMillionTokens: 150_000,
  completionMicroUsdPerMillionTokens: 600_000,
  supportsImages: true,
  supportsTools: true,
};

/** The same with words only: for trying what a client does with a model that neither sees nor calls tools. */
export const simulatedTextModel: ChatModel = {
  ...simulatedChatModel,
  id: "muse-text",
  providerModel: "muse-text",
  supportsImages: false,
  supportsTools: false,
};

/** A reading pace, unless the answer is so long that it would take more than `longestAnswerMs`. */
const readingPaceMs = 20;
const longestAnswerMs = 1_800;

/** Shorter waits are put together: a timer is late by up to a millisecond, and a thousand of them by a second. */
const shortestPauseMs = 8;

/** Even an answer without pauses lets other work run after so many tokens. */
const tokensBetweenBreaths = 64;

interface Assignment {
  readonly request: ChatRequest;
  /** The messages as the model sees them: no directives. */
  readonly messages: readonly SpokenMessage[];
  /** The last of the user, as the model sees it. */
  readonly text: string;
  readonly directives: Directives;
}

/** Reads the directives of the last message of the user; those of earlier turns have had their day. */
function readAssignment(request: ChatRequest, messages: readonly SpokenMessage[]): Assignment {
  const last = messages.findLastIndex((message) => message.role === "user");
  const seen = messages.map((message) =>
    message.role === "user" ? { ...message, content: readDirectives(message.content).text } : message,
  );
  const { text, directives } = readDirectives(messages[last]?.content ?? "");
  return { request, messages: seen, text, directives };
}

/** What the model has to say, in the format that the request asks for and up to its first stop sequence. */
function writeAnswer({ request, messages, text }: Assignment): string {
  const words = describePictures(request) + (answerFromTools(request.messages) ?? composeAnswer(messages));
  const answer = formatAnswer(request.responseFormat, words, text) ?? words;
  const stops = (request.stop ?? []).filter((stop) => stop !== "").map((stop) => answer.indexOf(stop));
  return answer.slice(0, Math.min(answer.length, ...stops.filter((index) => index >= 0)));
}

/** It cannot really see; it says honestly what it was given. */
function describePictures({ messages }: ChatRequest): string {
  const last = messages.findLast((message) => message.role === "user");
  const pictures = last === undefined ? [] : promptImages(last.content);
  if (pictures.length === 0) return "";
  const kinds = [...new Set(pictures.map(({ mimeType }) => mimeType.replace("image/", "").toUpperCase()))].join(", ");
  const count = pictures.length === 1 ? "one picture" : `${pictures.length} pictures`;
  return `I was given ${count} (${kinds}), though as a simulated model I cannot tell what is in it.\n\n`;
}

/** The tools that it wants called before it answers; a directive about the text asks for text. */
function wantedCalls({ request, text, directives }: Assignment): readonly ToolCall[] {
  const isAboutText = directives.tokens !== undefined || directives.failAfter !== undefined || directives.isStalled;
  return isAboutText ? [] : chooseToolCalls(request, text);
}

/** The text of the answer in pieces, cut off not far behind the first `most`. */
async function chooseText(assignment: Assignment, most: number): Promise<TextPiece[]> {
  const { directives } = assignment;
  if (directives.tokens !== undefined) {
    return [...countedPieces(Math.min(directives.tokens, most + 1))];
  }
  const pieces = await splitTokens(writeAnswer(assignment));
  // An answer that is too short to break down where it was asked to goes on until it does.
  const missing = Math.min(directives.failAfter ?? 0, most + 1) - pieces.length;
  const more = missing > 0 ? [...countedPieces(missing)] : [];
  return [...pieces, ...more.map((piece) => ({ ...piece, text: ` ${piece.text.trim()}` }))];
}

/** How long the default pace makes a token last, for an answer of about `tokens` tokens. */
function defaultPaceMs(tokens: number): number {
  return Math.min(readingPaceMs, longestAnswerMs / Math.max(1, tokens));
}

/** Pauses between tokens: exactly those of `[[pace]]`, or the default's in pieces that a timer can keep. */
function createPauses(clock: Clock, directives: Directives, expectedTokens: number, signal: AbortSignal) {
  const paceMs = directives.paceMs ?? defaultPaceMs(expectedTokens);
  let owedMs = 0;
  let untilBreath = tokensBetweenBreaths;
  return async (): Promise<void> => {
    owedMs += paceMs;
    untilBreath -= 1;
    if (owedMs > 0 && (directives.paceMs !== undefined || owedMs >= shortestPauseMs)) {
      const pauseMs = Math.floor(owedMs);
      owedMs -= pauseMs;
      untilBreath = tokensBetweenBreaths;
      await clock.sleep(pauseMs, signal);
    } else if (untilBreath <= 0) {
      untilBreath = tokensBetweenBreaths;
      await clock.sleep(0, signal);
    }
  };
}

/** Resolves when the signal aborts. It holds no timer, so a stalled answer keeps no process alive. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener("abort", () => resolve(), { once: true });
    }
  });
}

/**
 * The tokens that the model may still write.
 * @throws AppError `provider_failed` when the prompt alone is longer than the model's context window
 */
function roomForAnswer(request: ChatRequest, promptTokens: number): number {
  const left = simulatedChatModel.contextWindow - promptTokens;
  if (left <= 0) {
    throw new AppError("provider_failed", {
      detail: "The prompt is longer than the simulated model's context window.",
    });
  }
  return Math.min(request.maxTokens, left);
}

/** What became of an answer's text: undefined when its reader left before the end. */
type Outcome = { readonly completionTokens: number; readonly isCut: boolean } | undefined;

/** Answers without a model: what `composeAnswer` says, or what the directives of the prompt ask for. */
export function createChatProvider(clock: Clock): ChatProvider {
  async function* writeText(
    assignment: Assignment,
    limit: number,
    signal: AbortSignal,
  ): AsyncGenerator<ChatChunk, Outcome> {
    const { directives } = assignment;
    const pieces = await chooseText(assignment, limit);
    const pause = createPauses(clock, directives, Math.min(pieces.length, limit), signal);
    let completionTokens = 0;
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) {
        await pause();
      }
      if (signal.aborted) {
        return undefined;
      }
      if (index === directives.failAfter) {
        throw breakdownError();
      }
      if (completionTokens + piece.tokens > limit) {
        return { completionTokens, isCut: true };
      }
      completionTokens += piece.tokens;
      yield { type: "text", text: piece.text };
    }
    if (pieces.length === directives.failAfter) {
      throw breakdownError();
    }
    if (directives.isStalled) {
      await untilAborted(signal);
    }
    return signal.aborted ? undefined : { completionTokens, isCut: false };
  }

  async function* stream(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatChunk> {
    const spoken = toSpoken(request.messages);
    const assignment = readAssignment(request, spoken);
    const { delayMs, failure } = assignment.directives;
    if (delayMs > 0) {
      await clock.sleep(delayMs, signal);
    }
    if (signal.aborted) {
      return;
    }
    if (failure !== undefined && failure !== "content_filter") {
      throw failureError(failure);
    }
    const promptTokens = await countPromptTokens(spoken);
    const limit = roomForAnswer(request, promptTokens);
    if (failure === "content_filter") {
      yield { type: "usage", promptTokens, completionTokens: 0 };
      yield { type: "finish", reason: "content_filter" };
      return;
    }
    const calls = wantedCalls(assignment);
    if (calls.length > 0) {
      yield* calls.map((call) => ({ type: "tool_call" as const, call }));
      const written = await splitTokens(calls.map((call) => `${call.name}${call.arguments}`).join(""));
      const completionTokens = written.reduce((sum, piece) => sum + piece.tokens, 0);
      yield { type: "usage", promptTokens, completionTokens };
      yield { type: "finish", reason: "tool_calls" };
      return;
    }
    const outcome = yield* writeText(assignment, limit, signal);
    if (outcome !== undefined) {
      yield { type: "usage", promptTokens, completionTokens: outcome.completionTokens };
      yield { type: "finish", reason: outcome.isCut ? "length" : "stop" };
    }
  }
  return { name: "simulated", stream };
}

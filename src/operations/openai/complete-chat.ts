import { AppError, isAppError } from "../../domain/errors.ts";
import { chatCostCredits } from "../../domain/plans.ts";
import type { ToolCall } from "../../domain/prompt.ts";
import type { ChatChunk } from "../../ports/providers.ts";
import type { ChatCompletionBody } from "../../schemas/openai.ts";
import {
  bookAnswer,
  type CreditMeter,
  createCreditMeter,
  releaseHold,
  requireHold,
  type TokenUsage,
} from "../chat/credit-meter.ts";
import { shutdownReason, type TurnDependencies } from "../chat/turn.ts";
import { type PreparedRequest, prepareRequest } from "./prepare-request.ts";

/** The longest an answer may take, in ms; it ends before the stream that shows it does. */
const deadlineMs = 210_000;
/** How often the hold is compared with what the answer costs so far, in ms. */
const coverIntervalMs = 1_000;

type Dependencies = Pick<
  TurnDependencies,
  "users" | "ledger" | "providers" | "tokenizer" | "runningTurns" | "clock" | "ids" | "logger"
>;

type FinishReason = Extract<ChatChunk, { type: "finish" }>["reason"];

export type CompletionPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_call"; readonly call: ToolCall; readonly index: number }
  /** The last one. */
  | { readonly type: "end"; readonly finishReason: FinishReason; readonly usage: TokenUsage };

/** An answer that is being written. It belongs to no conversation; only an idempotency key keeps what was sent of it. */
export interface Completion {
  readonly id: string;
  readonly createdAt: Date;
  readonly model: string;
  /** Iteration throws an AppError when the provider breaks off. */
  readonly parts: AsyncIterable<CompletionPart>;
  /** For a client that left: what was written until now is paid, and nothing more is written. */
  cancel(): void;
}

interface CompletionInput {
  readonly userId: string;
  readonly body: ChatCompletionBody;
  readonly allotted?: { readonly id: string; readonly isResumed: boolean; readonly isAnswered: boolean } | undefined;
}

/**
 * Starts an answer and waits for its first part, so that what the provider refuses outright is an ordinary error.
 * Credits are held before the provider is called (the prompt's price in one round trip; the answer's is added while it
 * grows), and settled once when the answer ends; what a provider refuses or breaks off costs nothing.
 * @throws AppError what `prepareRequest` does, `insufficient_credits`, `conflict` for one that was given and not kept, and
 * the provider's errors
 */
export async function startCompletion(dependencies: Dependencies, input: CompletionInput): Promise<Completion> {
  const { users, ids, clock } = dependencies;
  const { allotted } = input;
  if (allotted?.isAnswered) {
    throw new AppError("conflict", {
      detail: "The answer was too long to be kept, so it cannot be given again. Use another Idempotency-Key.",
    });
  }
  const prepared = await prepareRequest(dependencies, input.body);
  const createdAt = clock.now();
  // A first try that died may be booked under its id; the second is another answer with its own entry in the ledger.
  const id = allotted === undefined || allotted.isResumed ? ids.bare() : allotted.id;
  const owner = { userId: input.userId, resourceId: `cmpl_${id}` };
  const heldCredits = chatCostCredits(prepared.promptTokens ?? 0);
  requireHold(await users.holdCredits({ ...owner, credits: heldCredits, isTurn: true, now: createdAt }));
  const stop = new AbortController();
  try {
    const meter = createCreditMeter(dependencies, {
      ...owner,
      prompt: { ...prepared.request, promptTokens: prepared.promptTokens },
      heldCredits,
    });
    const mayCallMany = input.body.parallel_tool_calls !== false;
    const parts = writeAnswer(dependencies, { ...owner, prepared, meter, stop, mayCallMany });
    const first = await parts.next();
    return {
      id: owner.resourceId,
      createdAt,
      model: prepared.model.id,
      parts: prepend(first, parts),
      cancel: () => stop.abort(clientLeft),
    };
  } catch (error) {
    // Settled already when the provider was called; then this does nothing.
    await releaseHold(dependencies, owner);
    throw error;
  }
}

async function* prepend<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    if (first.done) return;
    yield first.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}

const clientLeft = "client left";
const deadlineReached = "deadline";
const outOfCredits = "out of credits";

interface Answer {
  readonly userId: string;
  readonly resourceId: string;
  readonly prepared: PreparedRequest;
  readonly meter: CreditMeter;
  readonly stop: AbortController;
  readonly mayCallMany: boolean;
}

/** What is known of an answer while it is written. */
interface Draft {
  text: string;
  readonly calls: ToolCall[];
  usage: TokenUsage | undefined;
  finish: FinishReason | undefined;
  failure: AppError | undefined;
}

async function* writeAnswer(dependencies: Dependencies, answer: Answer): AsyncGenerator<CompletionPart, void> {
  const { clock, runningTurns } = dependencies;
  const { resourceId, stop } = answer;
  const draft: Draft = { text: "", calls: [], usage: undefined, finish: undefined, failure: undefined };
  const done = new AbortController();
  runningTurns.set(resourceId, stop);
  void clock.sleep(deadlineMs, done.signal).then(() => stop.abort(deadlineReached));
  let end: CompletionPart | undefined;
  try {
    yield* readProvider(dependencies, answer, draft);
    draft.failure = failureOfStop(stop.signal);
  } catch (error) {
    draft.failure = isAppError(error) ? error : new AppError("internal", { cause: error });
  } finally {
    // Also when the reader left between two parts.
    done.abort();
    stop.abort(clientLeft);
    try {
      end = await settle(dependencies, answer, draft);
    } finally {
      runningTurns.delete(resourceId);
    }
  }
  if (draft.failure !== undefined) throw draft.failure;
  yield end;
}

/** What a stop that was not the client's is for the client; a cut for want of credits is an ordinary end. */
function failureOfStop(signal: AbortSignal): AppError | undefined {
  if (!signal.aborted) return undefined;
  if (signal.reason === deadlineReached) {
    return new AppError("provider_timeout", { detail: "The answer took longer than it may take." });
  }
  if (signal.reason === shutdownReason) {
    return new AppError("unavailable", {
      detail: "This instance is being shut down. Ask again.",
      isDefinite: true,
      retryAfterSeconds: 1,
    });
  }
  return undefined;
}

async function* readProvider(
  { providers, clock }: Dependencies,
  { prepared, meter, stop, mayCallMany }: Answer,
  draft: Draft,
): AsyncGenerator<CompletionPart, void> {
  const { model, request } = prepared;
  const provider = await (await providers()).chatProvider(model.provider);
  let coveredAt = clock.now().getTime();
  for await (const chunk of provider.stream(request, stop.signal)) {
    if (stop.signal.aborted) return;
    const part = take(chunk, draft, mayCallMany);
    if (part !== undefined) yield part;
    if (stop.signal.aborted) return;
    const now = clock.now().getTime();
    if (now - coveredAt < coverIntervalMs) continue;
    coveredAt = now;
    if (!(await meter.cover(writtenText(draft)))) stop.abort(outOfCredits);
  }
}

/** Puts a chunk into the draft. @returns the part to pass on, if it is one */
function take(chunk: ChatChunk, draft: Draft, mayCallMany: boolean): CompletionPart | undefined {
  switch (chunk.type) {
    case "text":
      draft.text += chunk.text;
      return chunk;
    case "tool_call":
      if (!mayCallMany && draft.calls.length > 0) return undefined;
      draft.calls.push(chunk.call);
      return { type: "tool_call", call: chunk.call, index: draft.calls.length - 1 };
    case "usage":
      draft.usage = chunk;
      return undefined;
    case "finish":
      draft.finish = chunk.reason;
      return undefined;
  }
}

/** All that the model wrote: its words and the calls that it made. */
function writtenText({ text, calls }: Draft): string {
  return text + calls.map((call) => `${call.name}${call.arguments}`).join("");
}

/** Measures and books the answer. What the provider refused or broke off costs nothing, nor does what our shutdown cut. */
async function settle(dependencies: Dependencies, answer: Answer, draft: Draft): Promise<CompletionPart> {
  const { userId, resourceId, prepared, meter, stop } = answer;
  const { clock, logger } = dependencies;
  const usage = await meter.measure(writtenText(draft), draft.usage);
  const tokens = usage.promptTokens + usage.completionTokens;
  const isFree = draft.failure !== undefined || draft.finish === "content_filter";
  try {
    const costCredits = isFree ? 0 : await meter.charge(chatCostCredits(tokens));
    const model = prepared.model.id;
    await bookAnswer(dependencies, { userId, resourceId, costCredits, tokens, model, now: clock.now() });
  } catch (error) {
    // The answer is there and is given; a hold that stays behind is released by the timer.
    logger.warn({ error, completionId: resourceId }, "completion not booked");
  }
  const finishReason = stop.signal.reason === outOfCredits ? "length" : (draft.finish ?? "stop");
  return { type: "end", finishReason, usage };
}

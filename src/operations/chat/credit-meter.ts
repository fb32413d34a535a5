import { AppError } from "../../domain/errors.ts";
import { ledgerEntry } from "../../domain/ledger.ts";
import { chatCostCredits, tokensCoveredBy } from "../../domain/plans.ts";
import { type PromptMessage, promptImages, promptText, tokensPerImage } from "../../domain/prompt.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { Clock, Logger } from "../../ports/platform.ts";
import type { Tokenizer, ToolDefinition } from "../../ports/providers.ts";
import type { HoldResult, Users } from "../../ports/users.ts";

/** What an answer holds before its size is known: the price of the smallest one, in credits. */
export const initialHoldCredits = 1;

/** Whose credits are meant, and for what: the id of the answer. */
export interface HoldOwner {
  readonly userId: string;
  readonly resourceId: string;
}

/** What the provider is asked, as far as it counts. */
export interface MeteredPrompt {
  readonly messages: readonly PromptMessage[];
  readonly tools?: readonly ToolDefinition[] | undefined;
  /** Undefined: so small that nobody had to count. */
  readonly promptTokens: number | undefined;
}

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Watches what one answer costs while it grows. */
export interface CreditMeter {
  /** Keeps the hold above what prompt and answer cost so far. @returns false when the balance does not cover it */
  cover(answer: string): Promise<boolean>;
  /** The provider's own numbers if it gave them, else the tokenizer's. */
  measure(answer: string, reported: TokenUsage | undefined): Promise<TokenUsage>;
  /** Raises the hold to `credits` if the balance allows it. @returns what can be charged: `credits`, or else the hold */
  charge(credits: number): Promise<number>;
}

/**
 * Makes a turn's first hold beside what has to be read for it. Where the reading fails, the hold does not stay behind: it
 * would count as an answer that is being written.
 * @throws what the reading, or the hold, fails with
 */
export async function holdBeside<T>(
  dependencies: { readonly users: Users; readonly clock: Clock; readonly logger: Logger },
  owner: HoldOwner,
  reading: Promise<T>,
): Promise<readonly [HoldResult, T]> {
  const { users, clock } = dependencies;
  const holding = users.holdCredits({ ...owner, credits: initialHoldCredits, isTurn: true, now: clock.now() });
  try {
    return await Promise.all([holding, reading]);
  } catch (error) {
    const hold = await holding.catch(() => null);
    if (hold?.outcome === "held") await releaseHold(dependencies, owner);
    throw error;
  }
}

/** @throws AppError unless the credits are held */
export function requireHold(hold: HoldResult): void {
  if (hold.outcome === "no_account") {
    throw new AppError("unauthenticated", { detail: "The account is no longer active." });
  }
  if (hold.outcome === "too_many_turns") {
    throw new AppError("rate_limited", {
      detail: `Your plan has at most ${hold.allowed} answers written at a time. Wait until one of them has ended, or stop it.`,
      retryAfterSeconds: 2,
    });
  }
  if (hold.outcome === "insufficient") {
    throw new AppError("insufficient_credits", {
      detail: `This turn costs more than the ${hold.balanceCredits} credits that are left.`,
    });
  }
}

/**
 * Raises the first hold to the price of the prompt alone; the answer's part is added while it grows.
 * @returns the credits that are held now
 * @throws AppError `insufficient_credits`
 */
export async function holdForPrompt(
  { users }: { readonly users: Users },
  { promptTokens, ...owner }: HoldOwner & { readonly promptTokens: number | undefined },
): Promise<number> {
  const cost = chatCostCredits(promptTokens ?? 0);
  if (cost <= initialHoldCredits) return initialHoldCredits;
  if (await users.extendHold({ ...owner, credits: cost - initialHoldCredits })) return cost;
  throw new AppError("insufficient_credits", {
    detail: `The prompt alone costs ${cost} credits, more than are left.`,
  });
}

/** Gives the whole hold back. Never throws: what could not be released is found by the timer. */
export async function releaseHold(
  { users, clock, logger }: { readonly users: Users; readonly clock: Clock; readonly logger: Logger },
  owner: HoldOwner,
): Promise<void> {
  await users
    .settleHold({ ...owner, costCredits: 0, now: clock.now() })
    .catch((error: unknown) =>
      logger.warn({ error, resourceId: owner.resourceId }, "hold not released; the timer will"),
    );
}

/**
 * Writes what was spent into the ledger and ends the hold. Does nothing the second time. The entry comes first: if the
 * process dies between the two, the timer finds by it what the hold that stayed behind has to pay.
 */
export async function bookAnswer(
  { users, ledger }: { readonly users: Users; readonly ledger: Ledger },
  input: HoldOwner & {
    readonly costCredits: number;
    readonly tokens: number;
    readonly model: string | undefined;
    readonly now: Date;
  },
): Promise<void> {
  const { userId, resourceId, costCredits, now } = input;
  const entry = ledgerEntry({
    userId,
    reason: "chat",
    resourceId,
    amountCredits: -costCredits,
    description: `Chat with ${input.model ?? "a model"}: ${input.tokens} tokens`,
    details: { ...(input.model === undefined ? {} : { model: input.model }), tokens: input.tokens },
    now,
  });
  if (costCredits > 0) await ledger.record(entry);
  await users.settleHold({ userId, resourceId, costCredits, now });
}

/** The most tokens that a prompt can have: a token is at least one byte. Costs nothing to tell. */
export function promptTokensBound({ messages, tools = [] }: Omit<MeteredPrompt, "promptTokens">): number {
  const spoken = messages.reduce(
    (sum, message) =>
      sum +
      tokensAroundMessage +
      Buffer.byteLength(promptText(message.content)) +
      Buffer.byteLength(callsText(message)) +
      promptImages(message.content).length * tokensPerImage,
    0,
  );
  return spoken + Buffer.byteLength(toolsText(tools));
}

/** Tokens of a prompt by the tokenizer; calls and offered tools count as their JSON, which is near to what providers do. */
export async function countPromptTokens(
  tokenizer: Tokenizer,
  { messages, tools = [] }: Omit<MeteredPrompt, "promptTokens">,
): Promise<number> {
  const [spoken, around] = await Promise.all([
    tokenizer.countChat(messages),
    tokenizer.count(messages.map(callsText).join("") + toolsText(tools)),
  ]);
  return spoken + around;
}

/** Generous: role and separators take 3 to 4 tokens a message. */
const tokensAroundMessage = 8;

function callsText(message: PromptMessage): string {
  if (message.role !== "assistant" || message.toolCalls === undefined) return "";
  return message.toolCalls.map((call) => `${call.name}${call.arguments}`).join("");
}

function toolsText(tools: readonly ToolDefinition[]): string {
  return tools.length === 0 ? "" : JSON.stringify(tools);
}

/** A meter for an answer whose first hold is made. */
export function createCreditMeter(
  { users, tokenizer }: { readonly users: Users; readonly tokenizer: Tokenizer },
  input: HoldOwner & { readonly prompt: MeteredPrompt; readonly heldCredits: number },
): CreditMeter {
  const { userId, resourceId, prompt } = input;
  let heldCredits = input.heldCredits;
  const countPrompt = () => prompt.promptTokens ?? countPromptTokens(tokenizer, prompt);

  async function holdAtLeast(credits: number): Promise<boolean> {
    const missing = credits - heldCredits;
    if (missing <= 0) return true;
    const isHeld = await users.extendHold({ userId, resourceId, credits: missing });
    if (isHeld) heldCredits = credits;
    return isHeld;
  }

  return {
    cover: async (answer) => {
      // Bytes bound tokens, so nobody counts a short answer.
      const bound = (prompt.promptTokens ?? promptTokensBound(prompt)) + Buffer.byteLength(answer);
      if (bound <= tokensCoveredBy(heldCredits)) return true;
      return holdAtLeast(chatCostCredits((await countPrompt()) + (await tokenizer.count(answer))));
    },

    measure: async (answer, reported) => {
      if (reported !== undefined) return reported;
      const [promptTokens, completionTokens] = await Promise.all([countPrompt(), tokenizer.count(answer)]);
      return { promptTokens, completionTokens };
    },

    charge: async (credits) => ((await holdAtLeast(credits)) ? credits : heldCredits),
  };
}

import type { PromptMessage } from "../../domain/prompt.ts";
import type { ChatModel } from "../../ports/providers.ts";
import type { TurnDependencies } from "./turn.ts";

/** A side question is worth a short wait and no more, in ms. */
const patienceMs = 20_000;

/**
 * Asks a model something on the side, for Muse's own use: it costs the user nothing and nobody waits for it.
 * @returns its words, or null when it failed, took too long or had nothing to say
 */
export async function askModel(
  { providers, logger }: Pick<TurnDependencies, "providers" | "logger">,
  input: { model: ChatModel; messages: readonly PromptMessage[]; maxTokens: number; purpose: string },
): Promise<string | null> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const provider = await (await providers()).chatProvider(input.model.provider);
    const request = { model: input.model.providerModel, messages: input.messages, maxTokens: input.maxTokens };
    let text = "";
    for await (const chunk of provider.stream(request, signal)) {
      if (chunk.type === "text") text += chunk.text;
    }
    return signal.aborted || text.trim() === "" ? null : text.trim();
  } catch (error) {
    logger.debug({ error, purpose: input.purpose }, "side question failed");
    return null;
  }
}

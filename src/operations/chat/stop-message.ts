import type { Message } from "../../domain/message.ts";
import type { MessageJson } from "../../schemas/chat.ts";
import { closeTurn } from "./close-turn.ts";
import { toMessageJson } from "./message-json.ts";
import { requireReadableMessage } from "./require-message.ts";
import type { TurnDependencies } from "./turn.ts";

/** How long a stop waits for the instance that writes the answer, in ms; that one looks every 400 ms. */
const patienceMs = 2_500;
const lookIntervalMs = 50;

/**
 * Stops an answer, wherever it is being written, and gives it as it was kept. An answer that has ended stays as it is.
 * @throws AppError `not_found` (in a deleted conversation too), `forbidden`
 */
export async function stopMessage(
  dependencies: TurnDependencies,
  input: { userId: string; messageId: string },
): Promise<MessageJson> {
  const { messages, runningTurns, imageLinks, clock } = dependencies;
  const message = await requireReadableMessage(dependencies, input);
  const asked = await messages.requestStop({ ...input, now: clock.now() });
  if (asked === null) return toMessageJson((await messages.find(input)) ?? message, imageLinks);
  runningTurns.get(input.messageId)?.abort();
  const stopped = await waitForEnd(dependencies, input);
  return toMessageJson(stopped ?? asked, imageLinks);
}

async function waitForEnd(
  dependencies: TurnDependencies,
  input: { userId: string; messageId: string },
): Promise<Message | null> {
  const { messages, clock } = dependencies;
  const until = clock.now().getTime() + patienceMs;
  while (true) {
    const message = await messages.find(input);
    if (message === null || message.status !== "streaming") return message;
    // Nobody writes it any more: its process died. Then it is closed here, with what was stored.
    if (clock.now().getTime() >= until) return (await closeTurn(dependencies, message, { isStopped: true })) ?? message;
    await clock.sleep(lookIntervalMs);
  }
}

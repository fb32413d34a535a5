import { setTimeout as delay } from "node:timers/promises";

/** Asks again and again until there is an answer that is neither undefined, null nor false. Fails after 25 s. */
export async function waitFor<Answer>(
  ask: () => Answer | Promise<Answer>,
  what = "what was waited for",
): Promise<NonNullable<Exclude<Answer, false>>> {
  const deadline = Date.now() + 25_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) {
      return answer as NonNullable<Exclude<Answer, false>>;
    }
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await delay(20);
  }
}

import type { Turn } from "./turn.ts";

/**
 * Reads a turn to its end and gives what its events told, as one object: `user_message` and `message`, and
 * `conversation` when the turn began one.
 * @throws AppError when the turn failed
 */
export async function completeTurn(turn: Turn): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> = {};
  for await (const { event, data } of turn.events) {
    if (event !== "delta") Object.assign(told, data);
  }
  return told;
}

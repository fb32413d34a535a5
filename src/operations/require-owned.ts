import { AppError } from "../domain/errors.ts";

/**
 * Turns "not found among this user's" into the contract's two answers.
 * @param what as "conversation", for the message
 * @throws AppError `forbidden` when somebody else has it, `not_found` when nobody has
 */
export async function requireOwned<T>(what: string, owned: T | null, exists: () => Promise<boolean>): Promise<T> {
  if (owned !== null) return owned;
  if (await exists()) throw new AppError("forbidden", { detail: `This ${what} belongs to another account.` });
  throw new AppError("not_found", { detail: `There is no such ${what}.` });
}

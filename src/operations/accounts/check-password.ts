import { invalidField } from "../../domain/errors.ts";
import { isOwnName } from "../../domain/password-rules.ts";
import type { PasswordChecker } from "../../ports/security.ts";

/**
 * Refuses a new password that a guesser tries first.
 * @param input.field name of the field it came in
 * @throws AppError `validation_failed` naming the field
 */
export async function assertGoodPassword(
  { passwordChecker }: { readonly passwordChecker: PasswordChecker },
  input: {
    readonly password: string;
    readonly field: string;
    readonly owner: { readonly email?: string | undefined; readonly username?: string | undefined };
  },
): Promise<void> {
  const { password, field, owner } = input;
  if (isOwnName(password, owner)) throw invalidField(field, "must not be your own name or address");
  if (await passwordChecker.isCommon(password)) throw invalidField(field, "is among the first that are guessed");
  if (await passwordChecker.isBreached(password)) throw invalidField(field, "is in a public list of stolen passwords");
}

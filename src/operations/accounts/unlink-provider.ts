import { AppError } from "../../domain/errors.ts";
import { linkedProviders } from "../../domain/oauth.ts";
import type { Clock } from "../../ports/platform.ts";
import type { UserAccounts } from "../../ports/user-accounts.ts";
import type { Users } from "../../ports/users.ts";
import { changedMeanwhile } from "./account-of-profile.ts";

/** What is linked or chosen in the same moment is seen by the next try. */
const tries = 3;

/**
 * Takes a provider away from the ways into an account.
 * @throws AppError `not_found` when it is none of them, `conflict` when it is the only one
 */
export async function unlinkProvider(
  { users, userAccounts, clock }: { users: Users; userAccounts: UserAccounts; clock: Clock },
  input: { readonly userId: string; readonly provider: string },
): Promise<void> {
  for (let left = tries; left > 0; left -= 1) {
    const user = await users.findById(input.userId);
    const linked = linkedProviders(user?.linked_identities);
    const provider = linked.find((candidate) => candidate === input.provider);
    if (user === null || provider === undefined) {
      throw new AppError("not_found", { detail: "No sign-in with such a provider is linked to your account." });
    }
    if (linked.length === 1 && user.hashed_password === undefined) {
      throw new AppError("conflict", {
        detail: "This is the only way into your account. Choose a password first: /v1/auth/password-reset/request.",
      });
    }
    if (await userAccounts.unlink({ user, provider, now: clock.now() })) return;
  }
  throw changedMeanwhile();
}

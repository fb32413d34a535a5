import { ledgerEntry } from "../../domain/ledger.ts";
import { newGuest } from "../../domain/user.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { Users } from "../../ports/users.ts";
import type { SignedInJson } from "../../schemas/accounts.ts";
import { type ClientFacts, openSession, type SessionDependencies } from "./sessions.ts";

/** An anonymous account with a guest's credits, signed in. */
export async function createGuest(
  dependencies: SessionDependencies & { readonly users: Users; readonly ledger: Ledger },
  input: { client: ClientFacts },
): Promise<SignedInJson> {
  const { users, ledger, ids, clock } = dependencies;
  const now = clock.now();
  const user = newGuest({ userId: ids.next("user"), now });
  // The entry first: an account whose grant is not in the ledger must not exist; an entry without an account harms nobody.
  await ledger.record(
    ledgerEntry({
      userId: user._id,
      reason: "grant",
      resourceId: `${user._id}:guest`,
      amountCredits: user.credits_granted,
      description: "Credits of a guest",
      now,
    }),
  );
  await users.insert(user);
  return openSession(dependencies, { user, client: input.client });
}

import { AppError } from "../../domain/errors.ts";
import { accountGrant } from "../../domain/ledger.ts";
import { startingCredits } from "../../domain/plans.ts";
import { newEmailUser, type Principal, type User } from "../../domain/user.ts";
import type { CreditAccounts } from "../../ports/billing.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { PasswordChecker, PasswordHasher } from "../../ports/security.ts";
import type { Taken, Users } from "../../ports/users.ts";
import type { Register, SignedInJson } from "../../schemas/accounts.ts";
import { bookEntry } from "../billing/move-credits.ts";
import { assertGoodPassword } from "./check-password.ts";
import type { MailDependencies } from "./mailed-tokens.ts";
import { type ClientFacts, openSession, type SessionDependencies } from "./sessions.ts";
import { sendVerification } from "./verify-email.ts";

type Dependencies = SessionDependencies &
  MailDependencies & {
    readonly users: Users;
    readonly ledger: Ledger;
    readonly creditAccounts: Pick<CreditAccounts, "confirmBooked">;
    readonly passwordHasher: PasswordHasher;
    readonly passwordChecker: PasswordChecker;
  };

/**
 * A new account with e-mail and password; a guest becomes this account and keeps its id, so everything stays theirs.
 * The mail that proves the address is sent meanwhile; nobody waits for it.
 * @throws AppError `validation_failed` for a password that is refused; `conflict` when the address or the user name is taken, or when a full account asks for another
 */
export async function register(
  dependencies: Dependencies,
  input: { principal: Principal | null; body: Register; client: ClientFacts },
): Promise<SignedInJson> {
  const { principal } = input;
  if (principal !== null && !principal.isGuest) {
    throw new AppError("conflict", { detail: "You are signed in with an account already." });
  }
  const { password, email, username } = input.body;
  await assertGoodPassword(dependencies, { password, field: "password", owner: { email, username } });
  const hashedPassword = await dependencies.passwordHasher.hash(password);
  const user =
    principal === null
      ? await insertAccount(dependencies, input.body, hashedPassword)
      : await upgradeGuest(dependencies, principal.userId, input.body, hashedPassword);
  sendVerification(dependencies, user);
  return openSession(dependencies, { user, client: input.client });
}

async function insertAccount(
  { users, ledger, creditAccounts, ids, clock }: Dependencies,
  body: Register,
  hashedPassword: string,
): Promise<User> {
  const now = clock.now();
  const user = newEmailUser({
    userId: ids.next("user"),
    email: body.email,
    username: body.username,
    fullName: body.full_name,
    hashedPassword,
    now,
  });
  const outcome = await users.insert(user);
  if (outcome !== "inserted") throw taken(outcome);
  await bookEntry(
    { ledger, creditAccounts },
    accountGrant({ userId: user._id, amountCredits: user.credits_granted, now }),
  );
  return user;
}

async function upgradeGuest(
  { users, ledger, creditAccounts, clock }: Dependencies,
  userId: string,
  body: Register,
  hashedPassword: string,
): Promise<User> {
  const now = clock.now();
  const grantCredits = startingCredits.free - startingCredits.guest;
  const outcome = await users.upgradeGuest({
    userId,
    email: body.email,
    username: body.username,
    fullName: body.full_name,
    hashedPassword,
    grantCredits,
    now,
  });
  if (outcome === "not_a_guest") {
    throw new AppError("conflict", { detail: "You are signed in with an account already." });
  }
  if (typeof outcome === "string") throw taken(outcome);
  await bookEntry({ ledger, creditAccounts }, accountGrant({ userId, amountCredits: grantCredits, now }));
  return outcome;
}

function taken(what: Taken): AppError {
  const path = what === "email_taken" ? "email" : "username";
  const message = path === "email" ? "This e-mail address is in use." : "This user name is in use.";
  return new AppError("conflict", { detail: message, errors: [{ path, message }] });
}

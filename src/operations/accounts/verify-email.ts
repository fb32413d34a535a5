import { AppError, invalidField } from "../../domain/errors.ts";
import type { Principal, User } from "../../domain/user.ts";
import type { Users } from "../../ports/users.ts";
import type { AcceptedJson, VerifiedJson } from "../../schemas/email-tokens.ts";
import { alignRole, type RoleDependencies } from "./align-role.ts";
import { type EndDependencies, endOtherSessions } from "./end-sessions.ts";
import { accepted, badToken, limitMails, type MailDependencies, mailToken, takeToken } from "./mailed-tokens.ts";
import { emailChangedMail, verifyEmailMail } from "./mails.ts";
import { toUserJson } from "./user-json.ts";

/** Sends the mail that proves an account's address. Nobody waits for it, and if it fails another can be asked for. */
export function sendVerification(dependencies: MailDependencies, user: User): void {
  const { email } = user;
  if (email === undefined || user.is_verified) return;
  dependencies.background.run("verification mail", () =>
    mailToken(dependencies, { userId: user._id, purpose: "verify_email", email, write: verifyEmailMail }),
  );
}

/**
 * Asks for the mail again: for one's own account, or without signing in for an address. All of the work is done after
 * the answer, so neither its words nor its time tell who has an account.
 * @throws AppError `validation_failed` without an address, `unprocessable` for an account that has none, `rate_limited`
 */
export async function requestVerification(
  dependencies: MailDependencies & { readonly users: Users },
  input: { readonly principal: Principal | null; readonly email: string | undefined },
): Promise<AcceptedJson> {
  const { users, background } = dependencies;
  const { principal } = input;
  if (principal !== null && input.email === undefined) {
    const user = await users.findById(principal.userId);
    if (user?.email === undefined) {
      throw new AppError("unprocessable", { detail: "Your account has no e-mail address." });
    }
    await limitMails(dependencies, user.email);
    sendVerification(dependencies, user);
    return accepted;
  }
  const { email } = input;
  if (email === undefined) throw invalidField("email", "is needed by who is not signed in");
  await limitMails(dependencies, email);
  background.run("verification mail", async () => {
    const user = await users.findByEmail(email);
    if (user?.is_active) sendVerification(dependencies, user);
  });
  return accepted;
}

/**
 * Uses the token of a mail up: the account's address is verified, or is the new one from now on.
 * @throws AppError `validation_failed` for a token that opens nothing; `conflict` when somebody took the new address
 */
export async function confirmEmail(
  dependencies: MailDependencies & EndDependencies & RoleDependencies & { readonly users: Users },
  input: { readonly token: string; readonly principal: Principal | null },
): Promise<VerifiedJson> {
  const { userAccounts, clock } = dependencies;
  const {
    purpose,
    user_id: userId,
    email,
    credentials_version: credentialsVersion = 0,
  } = await takeToken(dependencies, {
    token: input.token,
    purposes: ["verify_email", "change_email"],
  });
  const user =
    purpose === "verify_email"
      ? await userAccounts.verifyEmail({ userId, email, now: clock.now() })
      : await changeEmail(dependencies, { userId, email, credentialsVersion, principal: input.principal });
  if (user === null) throw badToken();
  return { user: toUserJson(await alignRole(dependencies, user)) };
}

async function changeEmail(
  dependencies: MailDependencies & EndDependencies & { readonly users: Users },
  input: {
    readonly userId: string;
    readonly email: string;
    readonly credentialsVersion: number;
    readonly principal: Principal | null;
  },
): Promise<User | null> {
  const { users, userAccounts, oneTimeTokens, mailer, background, clock, publicBaseUrl } = dependencies;
  const { userId, email, credentialsVersion } = input;
  const before = await users.findById(userId);
  const changed = await userAccounts.changeEmail({ userId, email, credentialsVersion, now: clock.now() });
  if (changed === null) return null;
  if (changed === "email_taken") {
    const message = "This e-mail address is in use.";
    throw new AppError("conflict", { detail: message, errors: [{ path: "email", message }] });
  }
  const old = before?.email;
  const isOwnSession = input.principal?.userId === userId;
  await Promise.all([
    oneTimeTokens.removeAllOf(userId),
    endOtherSessions(dependencies, { userId, exceptId: isOwnSession ? (input.principal?.sessionId ?? null) : null }),
  ]);
  if (old !== undefined && old !== email) {
    background.run("notice of a changed address", () => mailer.send(emailChangedMail({ to: old, publicBaseUrl })));
  }
  return changed;
}

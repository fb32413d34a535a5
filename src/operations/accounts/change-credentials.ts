import { AppError } from "../../domain/errors.ts";
import type { Principal, User } from "../../domain/user.ts";
import type { OAuthFlows } from "../../ports/oauth.ts";
import type { PasswordChecker, PasswordHasher } from "../../ports/security.ts";
import type { Users } from "../../ports/users.ts";
import type { AcceptedJson } from "../../schemas/email-tokens.ts";
import { assertGoodPassword } from "./check-password.ts";
import { type EndDependencies, endOtherSessions } from "./end-sessions.ts";
import { forgetFailures, type GuardDependencies, provePassword } from "./login-guard.ts";
import { accepted, limitMails, type MailDependencies, mailToken } from "./mailed-tokens.ts";
import { changeEmailMail, passwordChangedMail } from "./mails.ts";
import type { ClientFacts } from "./sessions.ts";

type Dependencies = MailDependencies &
  EndDependencies &
  GuardDependencies & {
    readonly users: Users;
    readonly oauthFlows: OAuthFlows;
    readonly passwordHasher: PasswordHasher;
    readonly passwordChecker: PasswordChecker;
  };

/**
 * Changes the password of who knows the old one, signs out everywhere else, and tells the owner by mail.
 * @throws AppError `invalid_credentials`, `rate_limited`, `validation_failed`; `unprocessable` for an account without a
 * password, which gets its first one by a mail
 */
export async function changePassword(
  dependencies: Dependencies,
  input: {
    readonly principal: Principal;
    readonly currentPassword: string;
    readonly newPassword: string;
    readonly client: ClientFacts;
  },
): Promise<void> {
  const { userAccounts, oneTimeTokens, oauthFlows, passwordHasher, mailer, background, clock, publicBaseUrl } =
    dependencies;
  const { principal, newPassword } = input;
  const user = await loadUser(dependencies, principal);
  const currentHash = user.hashed_password;
  if (currentHash === undefined) {
    throw new AppError("unprocessable", {
      detail: "Your account has no password. Ask for a mail to choose one: /v1/auth/password-reset/request.",
    });
  }
  await assertGoodPassword(dependencies, { password: newPassword, field: "new_password", owner: user });
  await proveOwner(dependencies, { user, password: input.currentPassword, client: input.client });
  const hashedPassword = await passwordHasher.hash(newPassword);
  const changed = await userAccounts.changePassword({
    userId: user._id,
    currentHash,
    hashedPassword,
    now: clock.now(),
  });
  if (changed === null) throw new AppError("conflict", { detail: "The password was changed in the meantime." });
  await Promise.all([
    oneTimeTokens.removeAllOf(user._id),
    oauthFlows.removeAllOf(user._id),
    endOtherSessions(dependencies, { userId: user._id, exceptId: principal.sessionId }),
  ]);
  const { email } = user;
  if (email === undefined) return;
  background.run("notice of a changed password", () => mailer.send(passwordChangedMail({ to: email, publicBaseUrl })));
}

/**
 * Sends a mail to a new address; it is the account's once the link in it is opened.
 * @throws AppError `conflict` when it is somebody's; `invalid_credentials`, `rate_limited`; `unprocessable` for a guest
 */
export async function requestEmailChange(
  dependencies: Dependencies,
  input: {
    readonly principal: Principal;
    readonly email: string;
    readonly currentPassword: string | undefined;
    readonly client: ClientFacts;
  },
): Promise<AcceptedJson> {
  const { users, background } = dependencies;
  const { principal, email } = input;
  if (principal.isGuest) throw new AppError("unprocessable", { detail: "A guest gets an address by registering." });
  const user = await loadUser(dependencies, principal);
  if (user.hashed_password !== undefined) {
    await proveOwner(dependencies, { user, password: input.currentPassword ?? "", client: input.client });
  }
  await limitMails(dependencies, email);
  const holder = await users.findByEmail(email);
  if (holder !== null && holder._id !== user._id) {
    const message = "This e-mail address is in use.";
    throw new AppError("conflict", { detail: message, errors: [{ path: "email", message }] });
  }
  background.run("mail to a new address", () =>
    mailToken(dependencies, {
      userId: user._id,
      purpose: "change_email",
      email,
      // Of the account whose password was just proven: a mail that is written after it was changed changes nothing.
      credentialsVersion: user.credentials_version,
      write: changeEmailMail,
    }),
  );
  return accepted;
}

async function loadUser({ users }: Dependencies, { userId }: Principal): Promise<User> {
  const user = await users.findById(userId);
  if (user === null) throw new AppError("not_found", { detail: "There is no such account." });
  return user;
}

/** Whoever holds a stolen token must not guess the password here either: failures count as those of a sign-in. */
async function proveOwner(
  dependencies: Dependencies,
  input: { readonly user: User; readonly password: string; readonly client: ClientFacts },
): Promise<void> {
  const { user } = input;
  const attempt = { email: user.email ?? user._id, ipAddress: input.client.ipAddress };
  if (await provePassword(dependencies, { attempt, user, password: input.password })) {
    await forgetFailures(dependencies, attempt);
    return;
  }
  throw new AppError("invalid_credentials", { detail: "The current password is wrong." });
}

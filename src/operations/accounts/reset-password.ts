import type { ApiKeys } from "../../ports/api-keys.ts";
import type { OAuthFlows } from "../../ports/oauth.ts";
import type { PasswordChecker, PasswordHasher } from "../../ports/security.ts";
import type { Users } from "../../ports/users.ts";
import type { AcceptedJson } from "../../schemas/email-tokens.ts";
import { alignRole, type RoleDependencies } from "./align-role.ts";
import { assertGoodPassword } from "./check-password.ts";
import { type EndDependencies, endOtherSessions } from "./end-sessions.ts";
import { accepted, badToken, limitMails, type MailDependencies, mailToken, takeToken } from "./mailed-tokens.ts";
import { passwordChangedMail, resetPasswordMail } from "./mails.ts";

/**
 * Sends a link for a new password, if the address is an account's. All of the work is done after the answer, so neither
 * its words nor its time tell whether it is.
 * @throws AppError `rate_limited`
 */
export async function requestPasswordReset(
  dependencies: MailDependencies & { readonly users: Users },
  input: { readonly email: string },
): Promise<AcceptedJson> {
  const { users, background } = dependencies;
  const { email } = input;
  await limitMails(dependencies, email);
  background.run("mail for a new password", async () => {
    const user = await users.findByEmail(email);
    if (!user?.is_active) return;
    await mailToken(dependencies, { userId: user._id, purpose: "reset_password", email, write: resetPasswordMail });
  });
  return accepted;
}

/**
 * Sets a new password by the token of a mail. Everybody is signed out. Where the address had not been verified before,
 * whoever opened the account may not have been its owner: then the keys that they made go too, and the providers that
 * they linked.
 * @throws AppError `validation_failed` for a token that opens nothing, or a password that is refused
 */
export async function resetPassword(
  dependencies: MailDependencies &
    EndDependencies &
    RoleDependencies & {
      readonly users: Users;
      readonly apiKeys: ApiKeys;
      readonly oauthFlows: OAuthFlows;
      readonly passwordHasher: PasswordHasher;
      readonly passwordChecker: PasswordChecker;
    },
  input: { readonly token: string; readonly password: string },
): Promise<void> {
  const { users, userAccounts, oneTimeTokens, oauthFlows, apiKeys, passwordHasher, mailer, clock } = dependencies;
  // Before the token is used up, so that a refused password does not cost a new mail.
  await assertGoodPassword(dependencies, { password: input.password, field: "password", owner: {} });
  const { user_id: userId, email } = await takeToken(dependencies, {
    token: input.token,
    purposes: ["reset_password"],
  });
  const before = await users.findById(userId);
  const hashedPassword = await passwordHasher.hash(input.password);
  const now = clock.now();
  const takesOver = before?.is_verified !== true;
  const user = await userAccounts.resetPassword({ userId, email, hashedPassword, takesOver, now });
  if (user === null) throw badToken();
  await Promise.all([
    endOtherSessions(dependencies, { userId, exceptId: null }),
    oneTimeTokens.removeAllOf(userId),
    oauthFlows.removeAllOf(userId),
    takesOver ? apiKeys.removeAllOf(userId) : undefined,
    alignRole(dependencies, user),
  ]);
  dependencies.background.run("notice of a changed password", () =>
    mailer.send(passwordChangedMail({ to: email, publicBaseUrl: dependencies.publicBaseUrl })),
  );
}

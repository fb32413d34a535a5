import { AppError } from "../../domain/errors.ts";
import { clientNetwork } from "../../domain/network.ts";
import type { InTurn, PasswordHasher } from "../../ports/security.ts";
import type { Users } from "../../ports/users.ts";
import type { Login, SignedInJson } from "../../schemas/accounts.ts";
import { alignRole, type RoleDependencies } from "./align-role.ts";
import { endSessionOf } from "./end-sessions.ts";
import { forgetFailures, type GuardDependencies, provePassword } from "./login-guard.ts";
import { type ClientFacts, openSession, type SessionDependencies } from "./sessions.ts";

const wrongCredentials = () =>
  new AppError("invalid_credentials", { detail: "The e-mail address or the password is wrong." });

type Dependencies = SessionDependencies &
  GuardDependencies &
  RoleDependencies & { readonly users: Users; readonly passwordHasher: PasswordHasher };

interface LoginInput {
  readonly body: Login;
  readonly client: ClientFacts;
}

/**
 * Signs in by e-mail and password. Takes one bcrypt comparison whether or not the account exists. All of it waits for its
 * turn, fairly between networks, and not the comparison alone: a burst of logins would otherwise ask the database
 * everything at once, only to stand in line for the hash, and hold up whoever else is asking.
 * @throws AppError `invalid_credentials`; `rate_limited` after too many wrong passwords; `forbidden` for the owner of an
 * account that was deactivated, and only for them; `unavailable` when too many wait
 */
export function logIn(
  dependencies: Dependencies & { readonly loginsInTurn: InTurn },
  input: LoginInput,
): Promise<SignedInJson> {
  return dependencies.loginsInTurn(() => signIn(dependencies, input), clientNetwork(input.client.ipAddress));
}

async function signIn(dependencies: Dependencies, input: LoginInput): Promise<SignedInJson> {
  const { users, clock } = dependencies;
  const attempt = { email: input.body.email, ipAddress: input.client.ipAddress };
  const user = await users.findByEmail(attempt.email);
  const isProven = await provePassword(dependencies, { attempt, user, password: input.body.password });
  if (!isProven || user?.hashed_password === undefined) throw wrongCredentials();
  if (!user.is_active) throw new AppError("forbidden", { detail: "This account is deactivated." });
  const now = clock.now();
  const [aligned] = await Promise.all([alignRole(dependencies, user), forgetFailures(dependencies, attempt)]);
  const signedIn = await openSession(dependencies, { user: { ...aligned, last_login_at: now }, client: input.client });
  // A new password ends the sign-ins that it finds; one that was under way with the old password ends itself.
  const isStillRight = await users.recordLogin({
    userId: user._id,
    proof: { hashedPassword: user.hashed_password },
    now,
  });
  if (!isStillRight) {
    await endSessionOf(dependencies, signedIn.refresh_token);
    throw wrongCredentials();
  }
  return signedIn;
}

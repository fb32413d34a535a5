import { AppError } from "../../domain/errors.ts";
import { failedLoginLimit } from "../../domain/plans.ts";
import type { RateLimits, Users } from "../../ports/database.ts";
import type { PasswordHasher } from "../../ports/security.ts";
import type { Login, SignedInJson } from "../../schemas/accounts.ts";
import { type ClientFacts, openSession, type SessionDependencies } from "./sessions.ts";

/**
 * Signs in by e-mail and password. Takes one bcrypt comparison whether or not the account exists.
 * @throws AppError `invalid_credentials`; `rate_limited` after too many wrong passwords for one address
 */
export async function logIn(
  dependencies: SessionDependencies & {
    readonly users: Users;
    readonly rateLimits: RateLimits;
    readonly passwordHasher: PasswordHasher;
  },
  input: { body: Login; client: ClientFacts },
): Promise<SignedInJson> {
  const { users, rateLimits, passwordHasher, clock } = dependencies;
  const now = clock.now();
  const countFailure = (weight: 0 | 1) =>
    rateLimits.hit({
      subject: `email:${input.body.email}`,
      endpoint: "failed_login",
      windowSeconds: failedLoginLimit.windowSeconds,
      weight,
      now,
    });
  const [failures, user] = await Promise.all([countFailure(0), users.findByEmail(input.body.email)]);
  if (failures >= failedLoginLimit.requests) {
    throw new AppError("rate_limited", {
      detail: "Too many wrong passwords for this account. Try again later.",
      retryAfterSeconds: failedLoginLimit.windowSeconds,
    });
  }
  const matches = await passwordHasher.verify(input.body.password, user?.hashed_password);
  if (!matches || user === null || !user.is_active) {
    await countFailure(1);
    throw new AppError("invalid_credentials", { detail: "The e-mail address or the password is wrong." });
  }
  await users.recordLogin({ userId: user._id, now });
  return openSession(dependencies, { user: { ...user, last_login_at: now }, client: input.client });
}

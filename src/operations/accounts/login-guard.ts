import { AppError } from "../../domain/errors.ts";
import { failureMemoryMs, type LockoutRule, lockoutMs, lockoutRules } from "../../domain/login-lockout.ts";
import { clientNetwork } from "../../domain/network.ts";
import type { User } from "../../domain/user.ts";
import type { LoginFailures } from "../../ports/login-failures.ts";
import type { Clock } from "../../ports/platform.ts";
import type { OpaqueTokens, PasswordHasher } from "../../ports/security.ts";
import type { Sessions } from "../../ports/sessions.ts";

export interface GuardDependencies {
  readonly loginFailures: LoginFailures;
  readonly sessions: Sessions;
  readonly opaqueTokens: OpaqueTokens;
  readonly clock: Clock;
  /** By which this deployment widens the limits of addresses. */
  readonly rateLimitFactor: number;
}

/** Who tries a password, whether or not there is such an account. */
export interface Attempt {
  readonly email: string;
  readonly ipAddress: string | null;
}

/** What failures are counted for. Addresses of mail are hashed: most of them are nobody's here. */
function subjectsOf({ opaqueTokens }: GuardDependencies, { email, ipAddress }: Attempt) {
  const account = opaqueTokens.hash(email).slice(0, 32);
  const address = clientNetwork(ipAddress);
  return [`pair:${account}:${address}`, `account:${account}`, `address:${address}`] as const;
}

/**
 * Refuses a try while earlier failures make it wait.
 * @param input.userId of the account with this address, if there is one
 * @throws AppError `rate_limited` with the seconds to wait
 */
async function assertMayTry(
  dependencies: GuardDependencies,
  input: { readonly attempt: Attempt; readonly userId: string | undefined },
): Promise<void> {
  const { loginFailures, sessions, clock, rateLimitFactor } = dependencies;
  const { attempt, userId } = input;
  const now = clock.now();
  const [pair, account, address] = await loginFailures.read(subjectsOf(dependencies, attempt), now);
  const waitMs = (rule: LockoutRule, failure: typeof pair) =>
    failure ? failure.lastFailedAt.getTime() + lockoutMs(rule, failure.failures) - now.getTime() : 0;
  const addressRule = { ...lockoutRules.address, free: lockoutRules.address.free * rateLimitFactor };
  let remainingMs = Math.max(waitMs(lockoutRules.pair, pair), waitMs(addressRule, address));
  const accountMs = waitMs(lockoutRules.account, account);
  if (accountMs > remainingMs) {
    const isKnownPlace =
      userId !== undefined &&
      attempt.ipAddress !== null &&
      (await sessions.cameFrom({ userId, ipAddress: attempt.ipAddress }));
    if (!isKnownPlace) remainingMs = accountMs;
  }
  if (remainingMs <= 0) return;
  const seconds = Math.ceil(remainingMs / 1_000);
  throw new AppError("rate_limited", {
    detail: `Too many wrong passwords. Try again in ${seconds} s.`,
    retryAfterSeconds: seconds,
  });
}

/**
 * Compares a password, unless earlier failures make the try wait. Takes one comparison whether or not the account exists.
 * @returns whether it is the account's; a wrong one is counted
 * @throws AppError `rate_limited` with the seconds to wait
 */
export async function provePassword(
  dependencies: GuardDependencies & { readonly passwordHasher: PasswordHasher },
  input: { readonly attempt: Attempt; readonly user: User | null; readonly password: string },
): Promise<boolean> {
  const { attempt, user, password } = input;
  const tried = { attempt, userId: user?._id };
  await assertMayTry(dependencies, tried);
  const matches = await dependencies.passwordHasher.verify(password, user?.hashed_password);
  // Of many guesses at once all were let in. Those that come to their turn after too many failures learn nothing: were
  // only the right one refused here, its refusal would tell that it is the right one.
  await assertMayTry(dependencies, tried);
  if (!matches) await noteFailure(dependencies, attempt);
  return matches;
}

/** Counts a wrong password. */
async function noteFailure(dependencies: GuardDependencies, attempt: Attempt): Promise<void> {
  const now = dependencies.clock.now();
  await dependencies.loginFailures.record({
    subjects: subjectsOf(dependencies, attempt),
    now,
    keptUntil: new Date(now.getTime() + failureMemoryMs),
  });
}

/** Forgets the account's failures. Those of the address stay: whoever guesses from it may have an account too. */
export async function forgetFailures(dependencies: GuardDependencies, attempt: Attempt): Promise<void> {
  const [pair, account] = subjectsOf(dependencies, attempt);
  await dependencies.loginFailures.clear([pair, account]);
}

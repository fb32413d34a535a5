/**
 * How wrong passwords slow further ones down. Counted apart for three subjects, because each alone can be abused:
 * - one account from one address: the ordinary guesser; strict.
 * - one account from everywhere: guesses spread over many addresses. Loose and short, and not asked where the owner
 *   signed in before: nobody can lock the owner out for long.
 * - one address for all accounts: lists of leaked passwords.
 */
export interface LockoutRule {
  /** Wrong passwords that cost no waiting. */
  readonly free: number;
  /** The first wait in seconds; each further failure doubles it. */
  readonly firstSeconds: number;
  readonly longestSeconds: number;
}

export const lockoutRules = {
  pair: { free: 5, firstSeconds: 1, longestSeconds: 300 },
  account: { free: 50, firstSeconds: 1, longestSeconds: 60 },
  address: { free: 100, firstSeconds: 1, longestSeconds: 60 },
} as const satisfies Readonly<Record<string, LockoutRule>>;

/** Failures are forgotten this long after the last one, in ms. */
export const failureMemoryMs = 30 * 60_000;

/** The wait that follows a number of failures, in ms. */
export function lockoutMs(rule: LockoutRule, failures: number): number {
  if (failures <= rule.free) return 0;
  return Math.min(rule.longestSeconds, rule.firstSeconds * 2 ** (failures - rule.free - 1)) * 1_000;
}

import { createHash } from "node:crypto";
import type { Logger } from "../ports/platform.ts";
import type { PasswordChecker } from "../ports/security.ts";

/** A password within so many guesses is refused. Those that people think up and lists do not have are beyond it. */
const fewestGuesses = 10_000;
/** Lists have none that are longer, and the estimate takes time that grows with the length. */
const longestCommon = 32;
const breachTimeoutMs = 1_000;

type Estimate = (password: string) => number;

/** Guesses by the estimator of zxcvbn (Wheeler, USENIX Security 2016) with its list of common passwords. */
async function loadEstimate(): Promise<Estimate> {
  const [core, common] = await Promise.all([import("@zxcvbn-ts/core"), import("@zxcvbn-ts/language-common")]);
  const { ZxcvbnFactory } = "default" in core ? (core.default as typeof core) : core;
  const { dictionary, adjacencyGraphs } = "default" in common ? (common.default as typeof common) : common;
  const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return (password) => estimator.check(password).guesses;
}

/**
 * Tells passwords that guessers try first.
 * @param options.breachedUrl range service of breached passwords (k-anonymity: it is told five of forty digits of the
 * SHA-1); undefined for none. Source: https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange
 */
export function createPasswordChecker(options: {
  readonly breachedUrl: string | undefined;
  readonly logger: Logger;
}): PasswordChecker {
  let loading: Promise<Estimate> | undefined;
  return {
    isCommon: async (password) => {
      if (password.length > longestCommon) return false;
      loading ??= loadEstimate();
      return (await loading)(password) < fewestGuesses;
    },
    isBreached: async (password) => {
      if (options.breachedUrl === undefined) return false;
      const digest = createHash("sha1").update(password).digest("hex").toUpperCase();
      try {
        const response = await fetch(new URL(digest.slice(0, 5), withSlash(options.breachedUrl)), {
          headers: { "add-padding": "true" },
          signal: AbortSignal.timeout(breachTimeoutMs),
        });
        if (!response.ok) throw new Error(`status ${response.status}`);
        // A count of 0 is padding.
        return new RegExp(`^${digest.slice(5)}:0*[1-9]`, "im").test(await response.text());
      } catch (error) {
        // Nobody is kept from registering because a list does not answer.
        options.logger.warn({ error }, "breached passwords could not be looked up");
        return false;
      }
    },
  };
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

import { AppError, invalidField } from "../../domain/errors.ts";
import { mailedTokenMs, mailLimit, type OneTimeToken, type TokenPurpose } from "../../domain/one-time-token.ts";
import { secondsUntilFree, slidingCount } from "../../domain/rate-window.ts";
import type { Mail, Mailer } from "../../ports/mail.ts";
import type { OneTimeTokens } from "../../ports/one-time-tokens.ts";
import type { Background, Clock } from "../../ports/platform.ts";
import type { RateLimits } from "../../ports/rate-limits.ts";
import type { OpaqueTokens } from "../../ports/security.ts";
import type { AcceptedJson } from "../../schemas/email-tokens.ts";

export interface MailDependencies {
  readonly oneTimeTokens: OneTimeTokens;
  readonly opaqueTokens: OpaqueTokens;
  readonly rateLimits: RateLimits;
  readonly mailer: Mailer;
  readonly background: Background;
  readonly clock: Clock;
  readonly publicBaseUrl: string;
  readonly rateLimitFactor: number;
}

/** Makes a token, in the place of an older one of its kind, and mails it. */
export async function mailToken(
  { oneTimeTokens, opaqueTokens, mailer, clock, publicBaseUrl }: MailDependencies,
  input: {
    readonly userId: string;
    readonly purpose: TokenPurpose;
    readonly email: string;
    readonly credentialsVersion?: number | undefined;
    readonly write: (input: { to: string; publicBaseUrl: string; token: string }) => Mail;
  },
): Promise<void> {
  const { token, hash } = opaqueTokens.create();
  const now = clock.now();
  await oneTimeTokens.put({
    _id: `${input.purpose}:${input.userId}`,
    purpose: input.purpose,
    user_id: input.userId,
    token_hash: hash,
    email: input.email,
    ...(input.credentialsVersion === undefined ? {} : { credentials_version: input.credentialsVersion }),
    created_at: now,
    expires_at: new Date(now.getTime() + mailedTokenMs),
  });
  await mailer.send(input.write({ to: input.email, publicBaseUrl, token }));
}

/** What is wrong with a token does not matter to who has it: it opens nothing. */
export const badToken = () =>
  invalidField("token", "is not valid, was used already, was replaced by a newer one, or has expired");

/** Uses a token up. @throws AppError `validation_failed` */
export async function takeToken(
  { oneTimeTokens, opaqueTokens, clock }: Pick<MailDependencies, "oneTimeTokens" | "opaqueTokens" | "clock">,
  input: { readonly token: string; readonly purposes: readonly TokenPurpose[] },
): Promise<OneTimeToken & { readonly email: string }> {
  const taken = await oneTimeTokens.take({
    tokenHash: opaqueTokens.hash(input.token),
    purposes: input.purposes,
    now: clock.now(),
  });
  if (taken === null || taken.email === null) throw badToken();
  return { ...taken, email: taken.email };
}

/**
 * Counts a mail that is asked for, whether or not anybody has the address, so that nobody's box can be filled.
 * @throws AppError `rate_limited`
 */
export async function limitMails(
  { rateLimits, opaqueTokens, clock, rateLimitFactor }: MailDependencies,
  email: string,
): Promise<void> {
  const { windowSeconds, requests } = mailLimit;
  const now = clock.now();
  const count = await rateLimits.count({
    subject: `email:${opaqueTokens.hash(email).slice(0, 32)}`,
    endpoint: "mail",
    windowSeconds,
    weight: 1,
    now,
  });
  const allowed = Math.ceil(requests * rateLimitFactor);
  if (slidingCount(count, now) <= allowed) return;
  throw new AppError("rate_limited", {
    detail: "Too many mails were asked for. Look into your box, or try again later.",
    retryAfterSeconds: secondsUntilFree(count, allowed, now),
  });
}

/** Says the same whether or not there is such an account. */
export const accepted: AcceptedJson = {
  status: "accepted",
  detail: "If there is something to do for this address, a mail is on its way.",
};

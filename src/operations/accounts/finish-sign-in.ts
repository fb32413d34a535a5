import { AppError, invalidField, isAppError } from "../../domain/errors.ts";
import { identityOf, signInCodeMs } from "../../domain/oauth.ts";
import type { User } from "../../domain/user.ts";
import type { OneTimeTokens } from "../../ports/one-time-tokens.ts";
import type { Ids, Logger } from "../../ports/platform.ts";
import type { SignedInJson } from "../../schemas/accounts.ts";
import { accountOfProfile, changedMeanwhile, type ProfileDependencies } from "./account-of-profile.ts";
import { alignRole, type RoleDependencies } from "./align-role.ts";
import { endSessionOf } from "./end-sessions.ts";
import { type ClientFacts, openSession, type SessionDependencies } from "./sessions.ts";
import { flowCookieName, type OAuthDependencies, requireProvider } from "./start-sign-in.ts";

type Dependencies = OAuthDependencies &
  ProfileDependencies &
  RoleDependencies &
  SessionDependencies & { readonly logger: Logger };

interface Callback {
  readonly provider: string;
  /** The query as it came. */
  readonly answer: URLSearchParams;
  readonly cookies: ReadonlyMap<string, string>;
}

export type Finished =
  | { readonly kind: "redirect"; readonly url: string; readonly cookieName: string | null }
  | { readonly kind: "signed_in"; readonly body: SignedInJson; readonly cookieName: string };

/**
 * Ends a sign-in with what the provider sent back: an API client gets its tokens, a browser is sent to the page with a code
 * that the page trades for tokens. The code and any error stay in the fragment, out of every server's log.
 * @throws AppError `not_found` for a provider without a client; any other for an API client alone: a browser is told of it by
 * its address
 */
export async function finishSignIn(
  dependencies: Dependencies,
  input: { readonly callback: Callback; readonly wantsJson: boolean; readonly client: ClientFacts },
): Promise<Finished> {
  const { callback, wantsJson, client } = input;
  requireProvider(dependencies, callback.provider);
  const target = { url: `${dependencies.publicBaseUrl}/`, cookieName: null as string | null };
  try {
    const proven = await provenUser(dependencies, callback, target);
    if (wantsJson) {
      const body = await signIn(dependencies, { ...proven, client });
      if (body === null) throw changedMeanwhile();
      return { kind: "signed_in", body, cookieName: target.cookieName ?? "" };
    }
    const code = await createCode(dependencies, proven);
    return { kind: "redirect", url: `${target.url}#/signed-in?code=${code}`, cookieName: target.cookieName };
  } catch (thrown) {
    if (wantsJson) throw thrown;
    const error = isAppError(thrown) ? thrown : new AppError("internal", { cause: thrown });
    dependencies.logger.warn({ provider: callback.provider, code: error.code, error: thrown }, "sign-in not finished");
    return { kind: "redirect", url: `${target.url}#/signed-in?error=${error.code}`, cookieName: target.cookieName };
  }
}

interface Proven {
  readonly user: User;
  /** What opens the account. */
  readonly identity: string;
}

/** @param target is told where the flow leads as soon as that is known, for what goes wrong after */
async function provenUser(
  dependencies: Dependencies,
  { provider: given, answer, cookies }: Callback,
  target: { url: string; cookieName: string | null },
): Promise<Proven> {
  const { oauthFlows, opaqueTokens, clock } = dependencies;
  const { name, provider } = requireProvider(dependencies, given);
  const state = answer.get("state") ?? "";
  const stateHash = opaqueTokens.hash(state);
  const cookieName = flowCookieName(stateHash);
  const flow = await oauthFlows.take({
    stateHash,
    provider: name,
    browserHash: opaqueTokens.hash(cookies.get(cookieName) ?? ""),
    now: clock.now(),
  });
  if (flow === null) {
    throw invalidField("state", "is not of a sign-in that this browser began, or was used already, or has expired");
  }
  target.url = flow.return_to;
  target.cookieName = cookieName;
  const profile = await provider.profile({ answer, state, nonce: flow.nonce, codeVerifier: flow.code_verifier });
  const { user_id: userId, session_id: sessionId, credentials_version: credentialsVersion } = flow;
  const starter = userId === null ? null : { userId, sessionId, credentialsVersion };
  const user = await accountOfProfile(dependencies, { profile, starter });
  return { user: await alignRole(dependencies, user), identity: identityOf(profile) };
}

/** Null: what opened the account does so no more. Looked at again when the sign-in is there, as for a password. */
async function signIn(
  dependencies: Dependencies,
  { user, identity, client }: Proven & { readonly client: ClientFacts },
): Promise<SignedInJson | null> {
  const { users, clock } = dependencies;
  const now = clock.now();
  const signedIn = await openSession(dependencies, { user: { ...user, last_login_at: now }, client });
  if (await users.recordLogin({ userId: user._id, proof: { identity }, now })) return signedIn;
  await endSessionOf(dependencies, signedIn.refresh_token);
  return null;
}

async function createCode(
  {
    oneTimeTokens,
    opaqueTokens,
    clock,
    ids,
  }: { readonly oneTimeTokens: OneTimeTokens; readonly ids: Ids } & Pick<Dependencies, "opaqueTokens" | "clock">,
  { user, identity }: Proven,
): Promise<string> {
  const { token, hash } = opaqueTokens.create();
  const now = clock.now();
  await oneTimeTokens.put({
    _id: ids.next("code"),
    purpose: "oauth_sign_in",
    user_id: user._id,
    token_hash: hash,
    email: null,
    identity,
    created_at: now,
    expires_at: new Date(now.getTime() + signInCodeMs),
  });
  return token;
}

/** Trades the code of a finished sign-in for tokens, once. @throws AppError `validation_failed` */
export async function exchangeCode(
  dependencies: Dependencies,
  input: { readonly code: string; readonly client: ClientFacts },
): Promise<SignedInJson> {
  const { oneTimeTokens, opaqueTokens, users, clock } = dependencies;
  const taken = await oneTimeTokens.take({
    tokenHash: opaqueTokens.hash(input.code),
    purposes: ["oauth_sign_in"],
    now: clock.now(),
  });
  const { user_id: userId, identity } = taken ?? {};
  const user = userId === undefined ? null : await users.findById(userId);
  const signedIn =
    user === null || identity === undefined
      ? null
      : await signIn(dependencies, { user, identity, client: input.client });
  if (signedIn === null) throw invalidField("code", "is not valid, was used already, or has expired");
  return signedIn;
}

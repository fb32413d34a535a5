import type { OpaqueTokens } from "../../ports/security.ts";
import type { UsageRecorder } from "../../ports/usage.ts";
import { type EndDependencies, endSessionOf } from "./end-sessions.ts";

/** Ends the sign-in that the refresh token is of, access tokens included. An unknown token is signed out already. */
export async function logOut(
  dependencies: EndDependencies & { readonly opaqueTokens: OpaqueTokens; readonly usage: UsageRecorder },
  input: { refreshToken: string },
): Promise<void> {
  const session = await endSessionOf(dependencies, input.refreshToken);
  if (session === null) return;
  dependencies.usage.record({ userId: session.user_id, action: "logout", resourceId: session.family_id });
}

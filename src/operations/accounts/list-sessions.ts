import { deviceName } from "../../domain/device.ts";
import { AppError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/platform.ts";
import type { Sessions } from "../../ports/sessions.ts";
import type { SessionJson } from "../../schemas/sessions.ts";
import { requireOwned } from "../require-owned.ts";
import { type EndDependencies, endOtherSessions, endSession, shownSessions } from "./end-sessions.ts";

/** Where the account is signed in, last used first. */
export async function listSessions(
  { sessions, clock }: { readonly sessions: Sessions; readonly clock: Clock },
  input: { readonly userId: string; readonly sessionId: string | null },
): Promise<{ data: SessionJson[] }> {
  const open = await sessions.listOpen({ userId: input.userId, now: clock.now(), limit: shownSessions });
  const families = new Set<string>();
  // One that is just renewed, or whose new token never reached its client, has two; the newest stands for it.
  const newest = open.filter(({ family_id }) => !families.has(family_id) && families.add(family_id));
  return {
    data: newest.map((session) => ({
      id: session.family_id,
      device: deviceName(session.user_agent),
      user_agent: session.user_agent,
      ip_address: session.ip_address,
      is_current: session.family_id === input.sessionId,
      signed_in_at: (session.signed_in_at ?? session.created_at).toISOString(),
      last_used_at: session.created_at.toISOString(),
      expires_at: session.expires_at.toISOString(),
    })),
  };
}

/** Signs one place out. @throws AppError `not_found`, `forbidden` */
export async function revokeSession(
  dependencies: EndDependencies,
  input: { readonly userId: string; readonly sessionId: string },
): Promise<void> {
  const { sessions, clock } = dependencies;
  const open = await sessions.listOpen({ userId: input.userId, now: clock.now(), limit: shownSessions });
  const own = open.find(({ family_id }) => family_id === input.sessionId);
  await requireOwned("session", own ?? null, async () => {
    const owner = await sessions.ownerOfFamily(input.sessionId);
    // One's own that has ended already is simply not there.
    return owner !== null && owner !== input.userId;
  });
  await endSession(dependencies, input);
}

/** Signs every other place out. @throws AppError `forbidden` for who is not signed in but has a key */
export async function revokeOtherSessions(
  dependencies: EndDependencies,
  input: { readonly userId: string; readonly sessionId: string | null },
): Promise<void> {
  if (input.sessionId === null) throw new AppError("forbidden", { detail: "Sign in to do this." });
  await endOtherSessions(dependencies, { userId: input.userId, exceptId: input.sessionId });
}

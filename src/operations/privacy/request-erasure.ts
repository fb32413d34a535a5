import { pseudonymOf } from "../../domain/user-data.ts";
import type { Clock } from "../../ports/platform.ts";
import type { Sessions } from "../../ports/sessions.ts";
import type { Erasures } from "../../ports/user-data.ts";
import type { Users } from "../../ports/users.ts";
import type { ErasureRequestedJson } from "../../schemas/privacy.ts";

/**
 * Ends an account at once: its tokens and keys stop, its e-mail address is free. The timer `erase-accounts` removes the
 * rest. The wish is stored first, so that no account is ended whose erasure would not follow.
 */
export async function requestErasure(
  { users, sessions, erasures, clock }: { users: Users; sessions: Sessions; erasures: Erasures; clock: Clock },
  input: { userId: string },
): Promise<ErasureRequestedJson> {
  const { userId } = input;
  const now = clock.now();
  const report = await erasures.request({ userId, pseudonym: pseudonymOf(userId), now });
  await Promise.all([users.deactivate({ userId, now }), sessions.revokeAllOf({ userId, now })]);
  return { erasure_id: report._id, status: report.status, requested_at: report.created_at.toISOString() };
}

import { auditExpiry } from "../../domain/audit.ts";
import type { AuditLogs } from "../../ports/audit-logs.ts";
import type { Clock, Ids } from "../../ports/platform.ts";

/** Who acts: an administrator, and from where. */
export interface AdminActor {
  readonly userId: string;
  readonly ipAddress: string | null;
}

/**
 * Writes what an administrator does or looks at. What cannot be written does not happen: it throws.
 * @param input.id for what may be written again, which then is there once
 */
export async function recordAction(
  { auditLogs, clock, ids }: { auditLogs: AuditLogs; clock: Clock; ids: Ids },
  input: {
    id?: string;
    actor: AdminActor;
    action: string;
    targetId: string | null;
    details?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const now = clock.now();
  await auditLogs.record({
    id: input.id ?? ids.next("audit"),
    actorId: input.actor.userId,
    action: input.action,
    targetId: input.targetId,
    details: input.details ?? {},
    ipAddress: input.actor.ipAddress,
    now,
    expiresAt: auditExpiry(now),
  });
}

import type { AuditLog } from "../../domain/audit.ts";
import { cursorByCreation, decodeCursor, nextCursor } from "../../domain/cursor.ts";
import type { AuditTrail } from "../../ports/admin.ts";
import type { ErasureReport, Erasures } from "../../ports/user-data.ts";
import type { AuditLogJson, AuditLogsQuery } from "../../schemas/admin.ts";
import type { ErasureJson } from "../../schemas/privacy.ts";

/** What administrators and timers did, newest first. */
export async function listAuditLogs(
  { auditLogs }: { auditLogs: AuditTrail },
  { actor, action, target, limit, cursor }: AuditLogsQuery,
): Promise<{ data: AuditLogJson[]; next_cursor: string | null }> {
  const after = decodeCursor(cursor);
  const page = await auditLogs.list({ actorId: actor, action, targetId: target, after, limit });
  return { data: page.items.map(toAuditLogJson), next_cursor: nextCursor(page, cursorByCreation) };
}

/** Reports of erasures, newest first: the proof of what was removed. */
export async function listErasures(
  { erasures }: { erasures: Erasures },
  input: { limit: number; cursor?: string | undefined },
): Promise<{ data: ErasureJson[]; next_cursor: string | null }> {
  const page = await erasures.list({ after: decodeCursor(input.cursor), limit: input.limit });
  return { data: page.items.map(toErasureJson), next_cursor: nextCursor(page, cursorByCreation) };
}

function toAuditLogJson(log: AuditLog): AuditLogJson {
  return {
    id: log._id,
    actor_id: log.actor_id,
    action: log.action,
    target_id: log.target_id,
    details: { ...log.details },
    ip_address: log.ip_address ?? null,
    created_at: log.created_at.toISOString(),
  };
}

function toErasureJson(report: ErasureReport): ErasureJson {
  return {
    id: report._id,
    status: report.status,
    attempts: report.attempts,
    removed: { ...report.removed },
    anonymised: { ...report.anonymised },
    stores: { ...report.stores },
    last_error: report.last_error ?? null,
    requested_at: report.created_at.toISOString(),
    started_at: report.started_at?.toISOString() ?? null,
    finished_at: report.finished_at?.toISOString() ?? null,
  };
}

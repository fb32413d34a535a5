import type { AuditLog } from "../domain/audit.ts";
import type { AuditTrail } from "../ports/admin.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";
import { behind, pageOf } from "./paging.ts";

export const auditLogsDeclaration: CollectionDeclaration = {
  name: "audit_logs",
  indexes: [
    { key: { actor_id: 1, created_at: -1 } },
    { key: { action: 1, created_at: -1 } },
    expiresAtIndex,
    { key: { created_at: -1, _id: -1 } },
    { key: { actor_id: 1, created_at: -1, _id: -1 } },
    { key: { action: 1, created_at: -1, _id: -1 } },
    { key: { target_id: 1, created_at: -1, _id: -1 } },
  ],
};

export function createAuditLogs(database: Database): AuditTrail {
  const logs = database.collection<AuditLog>(auditLogsDeclaration.name);

  return {
    record: async (entry) => {
      try {
        await logs.run((collection) =>
          collection.insertOne({
            _id: entry.id,
            actor_id: entry.actorId,
            action: entry.action,
            target_id: entry.targetId,
            details: entry.details,
            ...(entry.ipAddress == null ? {} : { ip_address: entry.ipAddress }),
            created_at: entry.now,
            expires_at: entry.expiresAt,
          }),
        );
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    list: async ({ actorId, action, targetId, after, limit }) =>
      pageOf(
        await logs.run((collection) =>
          collection
            .find({
              ...(actorId === undefined ? {} : { actor_id: actorId }),
              ...(action === undefined ? {} : { action }),
              ...(targetId === undefined ? {} : { target_id: targetId }),
              ...behind("created_at", after),
            })
            .sort({ created_at: -1, _id: -1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),
  };
}

import type { AuditLogs } from "../ports/database.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";

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

/** A document of `audit_logs`: append-only. */
interface AuditLog {
  readonly _id: string;
  readonly actor_id: string;
  readonly action: string;
  readonly target_id: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly expires_at: Date;
}

export function createAuditLogs(database: Database): AuditLogs {
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
            created_at: entry.now,
            expires_at: entry.expiresAt,
          }),
        );
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
  };
}

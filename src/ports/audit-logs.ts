export interface AuditLogs {
  record(entry: {
    id: string;
    actorId: string;
    action: string;
    targetId: string | null;
    details: Readonly<Record<string, unknown>>;
    ipAddress?: string | null;
    now: Date;
    expiresAt: Date;
  }): Promise<void>;
}

import type {
  AdminStorageJson,
  AdminUserChange,
  AdminUserJson,
  AuditLogJson,
  JobRunJson,
  OverviewJson,
  Page,
} from "../api-types.ts";
import { json, query } from "../request.ts";

const idOf = encodeURIComponent;

export interface UserFilter {
  readonly q: string | null;
  readonly tier: string | null;
  readonly low_credits: "true" | null;
}

export const getOverview = () => json<OverviewJson>("/admin/overview");
export const getStorage = () => json<AdminStorageJson>("/admin/storage");
export const listUsers = (filter: UserFilter, cursor: string | null) =>
  json<Page<AdminUserJson>>(`/admin/users${query({ ...filter, limit: 25, cursor })}`);
/** @param idempotencyKey sent again with it, credits are given once */
export const changeUser = (id: string, body: AdminUserChange, idempotencyKey: string) =>
  json<AdminUserJson>(`/admin/users/${idOf(id)}`, { method: "PATCH", body, idempotencyKey });
export const listAuditLogs = (cursor: string | null) =>
  json<Page<AuditLogJson>>(`/admin/audit-logs${query({ limit: 25, cursor })}`);
export const runJob = (name: string) => json<JobRunJson>(`/admin/jobs/${idOf(name)}/run`, { method: "POST", body: {} });

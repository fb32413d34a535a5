import type { AuditLogJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { fullTime, shortTime } from "../format.ts";
import { listAuditLogs } from "./admin-api.ts";
import { pagedList } from "./paged-list.ts";

/** What administrators and timers did, newest first. */
export function auditSection(): HTMLElement {
  const row = (log: AuditLogJson): HTMLElement =>
    element(
      "details",
      {},
      element(
        "summary",
        { title: fullTime(log.created_at) },
        `${shortTime(log.created_at)} · ${log.action} · ${log.actor_id}${log.target_id === null ? "" : ` → ${log.target_id}`}`,
      ),
      element("pre", { class: "audit-details" }, JSON.stringify(log.details, null, 2)),
    );
  const list = pagedList(listAuditLogs, row);
  void list.restart();
  return element("section", { class: "page-section" }, element("h2", {}, "Audit log"), list.node);
}

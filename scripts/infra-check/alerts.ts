import { metrics as appMetrics } from "../../src/domain/metrics.ts";
import { isObject, objectsIn } from "./bicep.ts";
import type { LogLines } from "./log-lines.ts";
import { logAlertTimes, metricAlertTimes, metrics, tables } from "./platform-facts.ts";

interface AlertTimes {
  readonly every: string;
  readonly window: string;
}

interface MetricAlert extends AlertTimes {
  readonly name: string;
  readonly severity: number;
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly aggregation: string;
  readonly operator: string;
}

interface LogAlert extends AlertTimes {
  readonly name: string;
  readonly severity: number;
  readonly description: string;
  readonly query: readonly string[];
}

export interface AlertSources {
  readonly metricAlerts: readonly MetricAlert[];
  readonly logAlerts: readonly LogAlert[];
  /** Alerts that exist only where the database's requests are logged. */
  readonly requestLogAlerts: readonly LogAlert[];
  readonly workbook: unknown;
  /** docs/operations.md; undefined where it is not looked at. */
  readonly runbook: string | undefined;
  readonly logLines: LogLines;
}

/** Every alert and chart stands on a metric or table that the platform documents, or on a line that the app writes. */
export function checkAlerts(sources: AlertSources): string[] {
  const { metricAlerts, logAlerts, requestLogAlerts, workbook, runbook, logLines } = sources;
  const problems = [
    ...metricAlerts.flatMap((alert) => checkMetricAlert(alert)),
    ...logAlerts.flatMap((alert) => checkLogAlert(alert, logLines, false)),
    ...requestLogAlerts.flatMap((alert) => checkLogAlert(alert, logLines, true)),
    ...checkWorkbook(workbook, logLines),
  ];
  const all = [...metricAlerts, ...logAlerts, ...requestLogAlerts];
  for (const { name, severity, description } of all) {
    if (!Number.isInteger(severity) || severity < 0 || severity > 4) problems.push(`alert ${name}: severity is 0 to 4`);
    if (!description) problems.push(`alert ${name}: has no description`);
    if (runbook !== undefined && !runbook.includes(`### ${name}\n`))
      problems.push(`alert ${name}: docs/operations.md has no section for it`);
  }
  const names = all.map(({ name }) => name);
  for (const name of new Set(names))
    if (names.indexOf(name) !== names.lastIndexOf(name)) problems.push(`alert ${name}: there are two`);
  return problems;
}

function checkMetricAlert(alert: MetricAlert): string[] {
  const problems = checkTimes(alert, metricAlertTimes);
  const metric = metrics[alert.namespace.toLowerCase()]?.[alert.metric];
  if (metric === undefined)
    return [...problems, `alert ${alert.name}: ${alert.namespace} has no metric ${alert.metric}`];
  if (!metric.aggregations.includes(alert.aggregation))
    problems.push(`alert ${alert.name}: ${alert.metric} has no ${alert.aggregation}`);
  if (minutes(alert.window) < metric.grainMinutes) {
    problems.push(
      `alert ${alert.name}: ${alert.metric} is sampled every ${metric.grainMinutes} minutes, its window is shorter`,
    );
  }
  if (!["Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"].includes(alert.operator)) {
    problems.push(`alert ${alert.name}: there is no operator ${alert.operator}`);
  }
  return problems;
}

function checkLogAlert(alert: LogAlert, logLines: LogLines, hasRequestLogs: boolean): string[] {
  const text = alert.query.join("\n");
  const problems = [...checkTimes(alert, logAlertTimes), ...checkQuery(`alert ${alert.name}`, text, logLines)];
  if (text.includes("VCoreMongoRequests") !== hasRequestLogs) {
    problems.push(
      `alert ${alert.name}: alerts on VCoreMongoRequests belong into request-log-alerts.json, others do not`,
    );
  }
  return problems;
}

function checkTimes(
  { name, every, window }: AlertTimes & { name: string },
  allowed: typeof metricAlertTimes,
): string[] {
  const problems: string[] = [];
  if (!allowed.every.includes(every)) problems.push(`alert ${name}: cannot look every ${every}`);
  if (!allowed.window.includes(window)) problems.push(`alert ${name}: has no window ${window}`);
  if (minutes(window) < minutes(every)) problems.push(`alert ${name}: looks less often than its window is long`);
  return problems;
}

/** ISO 8601, as far as alerts use it. */
function minutes(duration: string): number {
  const [, days = "0", hours = "0", rest = "0"] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration) ?? [];
  return Number(days) * 1440 + Number(hours) * 60 + Number(rest);
}

/** Each table is known, each column is one of it, each message is written somewhere and has the fields that are asked for. */
export function checkQuery(where: string, query: string, logLines: LogLines): string[] {
  const problems: string[] = [];
  const withoutTexts = query.replace(/'[^']*'/g, "''");
  const asked = Object.keys(tables).filter((table) => new RegExp(`\\b${table}\\b`).test(withoutTexts));
  if (asked.length === 0) return [`${where}: asks no known table`];
  const columns = new Set([...asked, ...asked.flatMap((table) => tables[table] ?? [])]);
  for (const [column] of withoutTexts.matchAll(/(?<![\w.])_?[A-Z]\w+/g)) {
    if (!columns.has(column)) problems.push(`${where}: ${asked.join(", ")} has no column ${column}`);
  }
  if (asked.includes("AppMetrics")) problems.push(...checkMetricNames(where, query));
  const fields = new Set([...withoutTexts.matchAll(/\bline\.(\w+)/g)].map(([, field]) => field ?? ""));
  if (fields.size === 0) return problems;
  for (const [whole] of withoutTexts.matchAll(/(?<!\bto(?:string|int|long|double|bool)\()\bline\.\w+/g)) {
    problems.push(`${where}: ${whole} is dynamic; compare and count it as tostring(), toint() or todouble()`);
  }
  const messages = messagesOf(query);
  if (messages.length === 0) problems.push(`${where}: reads fields of log lines without naming a message`);
  const known = new Set<string>();
  for (const message of messages) {
    const line = logLines.get(message);
    if (line === undefined) problems.push(`${where}: the app logs no "${message}"`);
    for (const field of line ?? []) known.add(field);
  }
  for (const field of fields) {
    if (messages.length > 0 && !known.has(field))
      problems.push(`${where}: log lines "${messages.join('", "')}" have no field ${field}`);
  }
  return problems;
}

/** A query of the app's own metrics names which, and each is in the list that the app emits by. */
function checkMetricNames(where: string, query: string): string[] {
  const single = [...query.matchAll(/\bName == '([^']+)'/g)].map(([, name]) => name ?? "");
  const lists = [...query.matchAll(/\bName in \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name ?? ""),
  );
  const names = new Set([...single, ...lists]);
  if (names.size === 0) return [`${where}: asks AppMetrics without naming a metric`];
  return [...names].filter((name) => !(name in appMetrics)).map((name) => `${where}: the app has no metric ${name}`);
}

function messagesOf(query: string): string[] {
  const single = [...query.matchAll(/line\.msg\) == '([^']+)'/g)].map(([, message]) => message ?? "");
  const lists = [...query.matchAll(/line\.msg\) in \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/'([^']+)'/g)].map(([, message]) => message ?? ""),
  );
  return [...single, ...lists];
}

function checkWorkbook(workbook: unknown, logLines: LogLines): string[] {
  const problems: string[] = [];
  for (const object of objectsIn(workbook)) {
    const where = `workbook "${String(object.title)}"`;
    if (typeof object.query === "string") problems.push(...checkQuery(where, object.query, logLines));
    if (isObject(object) && typeof object.metric === "string" && typeof object.namespace === "string") {
      const name = object.metric.split("--")[1] ?? "";
      if (metrics[object.namespace]?.[name] === undefined)
        problems.push(`workbook: ${object.namespace} has no metric ${name}`);
    }
  }
  return problems;
}

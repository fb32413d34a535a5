import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AlertSources, checkAlerts } from "./alerts.ts";
import type { BicepFile, BicepTree } from "./bicep.ts";
import { checkDescriptions, checkModules, checkParametersFile } from "./joins.ts";
import type { LogLines } from "./log-lines.ts";
import { checkSecretOutputs } from "./outputs.ts";
import type { ParsedFile } from "./python.ts";
import { checkResourceSchemas } from "./resource-schemas.ts";
import { checkRoles } from "./roles.ts";
import { type AppSettings, checkSettings } from "./settings.ts";
import { checkSymbols } from "./symbols.ts";

export interface CheckInput {
  /** The folder with main.bicep. */
  readonly folder: string;
  readonly parse: (paths: readonly string[]) => Promise<Readonly<Record<string, ParsedFile>>>;
  readonly app: AppSettings;
  readonly logLines: LogLines;
  /** Text of docs/operations.md. */
  readonly runbook?: string | undefined;
  /** A checkout of Azure/bicep-types-az. */
  readonly typesFolder?: string | undefined;
}

/** One group of checks and what it found. */
export interface CheckResult {
  readonly name: string;
  readonly problems: readonly string[];
}

/** Paths of a template's Bicep files, relative to its folder. */
export function bicepPaths(folder: string): string[] {
  return globSync("**/*.bicep", { cwd: folder })
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

/**
 * Runs every check that needs nothing but the files and a parser.
 * @throws ToolMissing where the parser cannot be had
 */
export async function checkInfrastructure(input: CheckInput): Promise<CheckResult[]> {
  const { folder } = input;
  const paths = bicepPaths(folder);
  const parsed = await input.parse(paths.map((path) => join(folder, path)));
  const errors: string[] = [];
  const files: BicepFile[] = [];
  for (const path of paths) {
    const { tree, error } = parsed[join(folder, path)] ?? {};
    if (tree === undefined) errors.push(`${path}: ${error ?? "was not parsed"}`);
    else files.push({ path, tree: plainKeys(tree), text: await readFile(join(folder, path), "utf8") });
  }
  const syntax: CheckResult = { name: `Bicep syntax of ${paths.length} files`, problems: errors };
  if (errors.length > 0) return [syntax];

  const main = files.find(({ path }) => path === "main.bicep");
  if (main === undefined) return [{ name: "Bicep syntax", problems: ["there is no main.bicep"] }];
  const alerts: AlertSources = {
    metricAlerts: await readJson(folder, "alerts/metric-alerts.json"),
    logAlerts: await readJson(folder, "alerts/log-alerts.json"),
    requestLogAlerts: await readJson(folder, "alerts/request-log-alerts.json"),
    workbook: await readJson(folder, "workbook/muse.json"),
    runbook: input.runbook,
    logLines: input.logLines,
  };
  const parametersText = await readFile(join(folder, "main.parameters.json"), "utf8");
  const results: CheckResult[] = [
    syntax,
    { name: "symbols", problems: checkSymbols(files) },
    { name: "descriptions and allowed values", problems: checkDescriptions(files) },
    {
      name: "modules, parameters and outputs",
      problems: [...checkModules(files), ...checkParametersFile(main, parametersText)],
    },
    { name: "role assignments", problems: checkRoles(files) },
    { name: "secrets", problems: checkSecretOutputs(files) },
    { name: `settings (${input.app.names.length} of the app)`, problems: checkSettings(files, input.app) },
    { name: `alerts and workbook (${countOf(alerts)} alerts)`, problems: checkAlerts(alerts) },
  ];
  if (input.typesFolder !== undefined) {
    results.push({
      name: "resources against the published types",
      problems: checkResourceSchemas(files, input.typesFolder),
    });
  }
  return results;
}

function countOf({ metricAlerts, logAlerts, requestLogAlerts }: AlertSources): number {
  return metricAlerts.length + logAlerts.length + requestLogAlerts.length;
}

async function readJson<T>(folder: string, path: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, path), "utf8")) as T;
}

/** pycep leaves the quotes of keys like 'odata.type' and of decorated strings as they stand; checks compare plain names. */
function plainKeys(tree: BicepTree): BicepTree {
  return JSON.parse(JSON.stringify(tree), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name.replace(/^'(.*)'$/, "$1"), entry]));
  }) as BicepTree;
}

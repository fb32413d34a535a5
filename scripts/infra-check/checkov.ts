import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkov, installTool } from "./python.ts";

/** Findings that are meant to be so: rule → resource → reason. */
type Accepted = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Report {
  readonly results?: {
    readonly failed_checks?: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly resource: string;
    }[];
    readonly parsing_errors?: readonly string[];
  };
  readonly summary?: { readonly passed: number };
}

/**
 * Runs checkov's Azure rules over the folder.
 * @returns problems (findings that nobody accepted, and acceptances of what no longer is), and how many rules passed
 * @throws ToolMissing where it cannot be had
 */
export async function runCheckov(folder: string): Promise<{ problems: string[]; passed: number; accepted: number }> {
  const programs = await installTool(checkov);
  const accepted = JSON.parse(await readFile(new URL("checkov-accepted.json", import.meta.url), "utf8")) as Accepted;
  const text = await new Promise<string>((resolve, reject) => {
    // It ends with 1 when it finds something; that is an answer as well.
    const args = [
      join(programs, "checkov"),
      "-d",
      folder,
      "--framework",
      "bicep",
      "--output",
      "json",
      "--quiet",
      "--skip-download",
    ];
    const options = {
      maxBuffer: 64 * 1_048_576,
      encoding: "utf8",
      timeout: 300_000,
      env: { ...process.env, LOG_LEVEL: "CRITICAL" },
    } as const;
    execFile(join(programs, "python"), args, options, (error, stdout) => {
      if (stdout.trim() === "" && error !== null) reject(error);
      else resolve(stdout);
    });
  });
  const report = JSON.parse(text) as Report;
  const failed = report.results?.failed_checks ?? [];
  const problems = (report.results?.parsing_errors ?? []).map((path) => `checkov could not read ${path}`);
  for (const { check_id: id, check_name: name, resource } of failed) {
    if (accepted[id]?.[resource] === undefined) problems.push(`checkov ${id} on ${resource}: ${name}`);
  }
  for (const [id, resources] of Object.entries(accepted)) {
    for (const resource of Object.keys(resources)) {
      const isStill = failed.some((finding) => finding.check_id === id && finding.resource === resource);
      if (!isStill) problems.push(`checkov-accepted.json: ${id} on ${resource} is no longer found; take it out`);
    }
  }
  const acceptedCount = failed.filter(({ check_id: id, resource }) => accepted[id]?.[resource] !== undefined).length;
  return { problems, passed: report.summary?.passed ?? 0, accepted: acceptedCount };
}

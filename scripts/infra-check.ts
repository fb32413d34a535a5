import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { secretSettings, settingsSchema } from "../src/schemas/settings.ts";
import { checkInfrastructure } from "./infra-check/check.ts";
import { runCheckov } from "./infra-check/checkov.ts";
import { readLogLines } from "./infra-check/log-lines.ts";
import { parseBicep, ToolMissing } from "./infra-check/python.ts";

/**
 * Checks what of `infra/` can be checked without Azure. Parser and rules come from PyPI, into the user's cache folder;
 * where they cannot be had, one line says what was skipped.
 *
 * BICEP_TYPES names a checkout of https://github.com/Azure/bicep-types-az: with it, resource bodies are checked against
 * the types that the platform publishes. `--no-checkov` leaves out checkov (its first run installs about 300 MB).
 */
const { values } = parseArgs({ options: { "no-checkov": { type: "boolean", default: false } } });
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "infra");
let problems = 0;
let checks = 0;

function report(name: string, found: readonly string[]): void {
  checks += 1;
  problems += found.length;
  console.log(`${found.length === 0 ? "ok  " : "BAD "} ${name}`);
  for (const line of found) console.error(`     ${line}`);
}

/** Runs a check, or says in one line why it could not run. */
async function orSkip(name: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof ToolMissing)) throw error;
    console.log(`skip ${name}: ${error.message}`);
  }
}

await orSkip("Bicep and all that is read from it", async () => {
  const results = await checkInfrastructure({
    folder,
    parse: parseBicep,
    app: { names: Object.keys(settingsSchema.shape), secrets: secretSettings },
    logLines: readLogLines(root),
    runbook: await readFile(join(root, "docs/operations.md"), "utf8"),
    typesFolder: process.env.BICEP_TYPES || undefined,
  });
  for (const result of results) report(result.name, result.problems);
  if (!process.env.BICEP_TYPES) console.log("skip resources against the published types: BICEP_TYPES is not set");
});

if (!values["no-checkov"]) {
  await orSkip("checkov", async () => {
    const { problems: found, passed, accepted } = await runCheckov(folder);
    report(`checkov: ${passed} rules passed, ${accepted} findings accepted with a reason`, found);
  });
}

if (problems > 0) process.exitCode = 1;
if (checks === 0) console.log("nothing could be checked on this machine");
else console.log(problems === 0 ? `${checks} checks passed` : `${problems} problems in ${checks} checks`);

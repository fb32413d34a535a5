import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a setting's value came from. */
export type SettingOrigin = "environment" | "local.settings.json" | "local.settings.example.json";

const FILES = ["local.settings.json", "local.settings.example.json"] as const;

/**
 * Puts the `Values` of local.settings.json, and for what it leaves out those of local.settings.example.json, into the
 * environment. A variable that is already there is never touched, even if it is empty: `OPENAI_API_KEY= npm start`
 * switches off for one run what the file sets. An empty value in the file likewise hides the example's.
 * @returns where each setting came from
 * @throws Error with one line if a file is there but cannot be used.
 */
export function applyLocalSettings(folder: string, environment: NodeJS.ProcessEnv): Map<string, SettingOrigin> {
  const origins = new Map<string, SettingOrigin>();
  for (const name of Object.keys(environment)) origins.set(name, "environment");
  for (const file of FILES) {
    for (const [name, value] of Object.entries(readValues(folder, file))) {
      if (origins.has(name)) continue;
      origins.set(name, file);
      environment[name] = value;
    }
  }
  return origins;
}

function readValues(folder: string, file: string): Record<string, string> {
  const text = readOptional(join(folder, file));
  if (text === undefined) return {};
  const settings = parseSettings(text, file);
  if (settings.IsEncrypted === true)
    throw new Error(`${file} is encrypted: decrypt it with \`func settings decrypt\`.`);
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings.Values ?? {})) {
    if (typeof value === "object") throw new Error(`${file}: ${name} must be a text, a number or a boolean.`);
    values[name] = String(value);
  }
  return values;
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parseSettings(text: string, file: string): { IsEncrypted?: boolean; Values?: Record<string, unknown> } {
  try {
    return JSON.parse(text) as ReturnType<typeof parseSettings>;
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

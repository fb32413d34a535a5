import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..");

export const START_SCRIPT = join(REPOSITORY, "src/local/start.ts");
export const SERVICES_SCRIPT = join(REPOSITORY, "src/local/services.ts");
export const HOST_PROCESS = fileURLToPath(new URL("host-process.ts", import.meta.url));

export interface FixtureApp {
  readonly folder: string;
  remove(): void;
}

/** Writes a small function app to a new folder: its main module, and what else it needs to be one. */
export function createFixtureApp(options: {
  main: string;
  hostJson?: object;
  files?: Readonly<Record<string, string>>;
}): FixtureApp {
  const folder = mkdtempSync(join(tmpdir(), "muse-fixture-"));
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"), "junction");
  const files = {
    "package.json": JSON.stringify({ type: "module", main: "dist/*.mjs" }),
    "host.json": JSON.stringify({ version: "2.0", ...options.hostJson }),
    "dist/main.mjs": options.main,
    ...options.files,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

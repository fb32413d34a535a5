import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BicepTree } from "./bicep.ts";

const run = promisify(execFile);
const isWindows = process.platform === "win32";
const output = { maxBuffer: 64 * 1_048_576, encoding: "utf8" } as const;

/** A tool of the Python world, in a virtual environment of its own outside of the repository. */
interface PythonTool {
  readonly package: string;
  readonly version: string;
  readonly installWithinMs: number;
}

export const bicepParser: PythonTool = { package: "pycep-parser", version: "0.7.1", installWithinMs: 120_000 };
export const checkov: PythonTool = { package: "checkov", version: "3.3.30", installWithinMs: 300_000 };

/** Why a tool is not there, in words for a line of output. */
export class ToolMissing extends Error {
  override readonly name = "ToolMissing";
}

/**
 * Gives the folder of the tool's programs; installs it from PyPI when it is not there yet.
 * @throws ToolMissing where Python or PyPI is not within reach
 */
export async function installTool(tool: PythonTool): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "muse-infra-check", `${tool.package}-${tool.version}`);
  const programs = join(folder, isWindows ? "Scripts" : "bin");
  if (existsSync(folder)) return programs;
  const python = await findPython();
  const building = `${folder}.${process.pid}`;
  await mkdir(cache, { recursive: true });
  try {
    await run(python, ["-m", "venv", building], { ...output, timeout: 60_000 });
    const pip = join(building, isWindows ? "Scripts" : "bin", "python");
    const wanted = `${tool.package}==${tool.version}`;
    const flags = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries=2"];
    await run(pip, ["-m", "pip", "install", ...flags, wanted], { ...output, timeout: tool.installWithinMs });
    // A half-made environment never gets the final name; a second process that was faster is as good.
    await rename(building, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } catch (error) {
    throw new ToolMissing(`${tool.package} could not be installed from PyPI`, { cause: error });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return programs;
}

async function findPython(): Promise<string> {
  for (const name of ["python3", "python"]) {
    try {
      const { stdout } = await run(name, ["-c", "import sys; print(sys.version_info >= (3, 9))"], output);
      if (stdout.trim() === "True") return name;
    } catch {
      // Not this one.
    }
  }
  throw new ToolMissing("Python 3.9 or newer is not installed");
}

export interface ParsedFile {
  readonly tree?: BicepTree;
  readonly error?: string;
}

/**
 * Parses Bicep files by pycep, a grammar of the whole language.
 * @throws ToolMissing where it cannot be had
 */
export async function parseBicep(paths: readonly string[]): Promise<Readonly<Record<string, ParsedFile>>> {
  const programs = await installTool(bicepParser);
  const script = fileURLToPath(new URL("parse_bicep.py", import.meta.url));
  const { stdout } = await run(join(programs, "python"), [script, ...paths], { ...output, timeout: 120_000 });
  return JSON.parse(stdout) as Record<string, ParsedFile>;
}

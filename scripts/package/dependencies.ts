import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

interface LockFile {
  readonly name: string;
  readonly version: string;
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** Where the app runs: Flex Consumption is Linux with glibc on x64. */
const target = ["--os=linux", "--cpu=x64", "--libc=glibc"];

/**
 * Installs packages for Linux into the folder, whatever this machine is: the versions and checksums are those of the
 * project's lock file, install scripts do not run (all of them come with their binaries).
 * @throws Error when npm fails, or when a name is not in the lock file
 */
export async function installDependencies(root: string, folder: string, names: readonly string[]): Promise<void> {
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as LockFile;
  const reduced = reduceLock(lock, names);
  const manifest = { name: lock.name, version: lock.version, private: true, dependencies: reduced.dependencies };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "package-lock.json"), JSON.stringify(reduced.lock));
  await runNpm(folder, [
    "ci",
    "--omit=dev",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    ...target,
  ]);
  await rm(join(folder, "package-lock.json"));
  await rm(join(folder, "node_modules/.package-lock.json"), { force: true });
  await rm(join(folder, "node_modules/.bin"), { recursive: true, force: true });
}

/** The lock file of these packages and all that they need. */
function reduceLock(
  lock: LockFile,
  names: readonly string[],
): { lock: LockFile; dependencies: Record<string, string> } {
  const packages: Record<string, LockedPackage> = {};
  const queue = names.map((name) => ({ name, from: "" }));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const path = findPackage(lock, next.name, next.from);
    if (path === undefined || path in packages) continue;
    const { dev: _dev, devOptional: _devOptional, ...entry } = lock.packages[path] ?? {};
    packages[path] = entry;
    const wanted = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies });
    queue.push(...wanted.map((name) => ({ name, from: path })));
  }
  const dependencies: Record<string, string> = {};
  for (const name of names) {
    const version = packages[`node_modules/${name}`]?.version;
    if (version === undefined) throw new Error(`package-lock.json has no ${name}`);
    dependencies[name] = version;
  }
  const rootEntry = { name: lock.name, version: lock.version, dependencies };
  const ordered = Object.fromEntries(Object.entries(packages).sort(([one], [other]) => (one < other ? -1 : 1)));
  return { lock: { ...lock, packages: { "": rootEntry, ...ordered } }, dependencies };
}

/** As Node resolves: beside the one who asks, then in each folder above. */
function findPackage(lock: LockFile, name: string, from: string): string | undefined {
  for (let folder = from; ; folder = parentOf(folder)) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (path in lock.packages) return path;
    if (folder === "") return undefined;
  }
}

/** "node_modules/a/node_modules/b" → "node_modules/a" → "". */
function parentOf(folder: string): string {
  return folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1));
}

async function runNpm(folder: string, args: readonly string[]): Promise<void> {
  const isWindows = process.platform === "win32";
  const child = spawn(isWindows ? "npm.cmd" : "npm", args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    shell: isWindows,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`npm ${args[0]} failed:\n${output.trim()}`);
}

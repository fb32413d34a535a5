import { spawnSync } from "node:child_process";
import { copyFile, cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies } from "./package/dependencies.ts";
import { filesIn } from "./package/files.ts";
import { trimDependencies } from "./package/trim.ts";
import { createZip } from "./package/zip.ts";

/**
 * Makes what is deployed: `out/package/` (the function app as it runs on Azure), `out/muse.zip` (the same, packed) and
 * `out/source-maps/` (for reading stack traces, not deployed).
 *
 * In it: the bundle with the page, host.json, a package.json, and the few packages that cannot be bundled, for Linux x64.
 */
const zipBudgetBytes = 16_000_000;
const unpackedBudgetBytes = 40_000_000;

/** As scripts/build.ts leaves them out of the bundle, without what the host supplies. */
const externalPackages = ["@azure/functions", "sharp", "bcrypt", "gpt-tokenizer"];

/** Signs of what must never be deployed, in the names of files and of bundled sources. */
const forbidden = /(^|\/)src\/local\/|mongodb-memory-server|azurite|(^|\/)mingo\/|local\.settings|dist-local|\.env/;

/** Supplied by the host, or tried by a driver and done without: mongodb's optional parts. */
const elsewherePackages = [
  "@azure/functions-core",
  "@aws-sdk/credential-providers",
  "@mongodb-js/zstd",
  "gcp-metadata",
  "kerberos",
  "mongodb-client-encryption",
  "snappy",
  "socks",
];

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly inputs: Readonly<Record<string, unknown>>;
        readonly imports: readonly { readonly path: string; readonly external?: boolean }[];
      }
    >
  >;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "out/package");
const maps = join(root, "out/source-maps");

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

/** Whether an import that was left out of the bundle finds its package where the app runs. */
function isThere(name: string): boolean {
  const packageName = /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
  return isBuiltin(name) || [...externalPackages, ...elsewherePackages].includes(packageName);
}

/** The outputs of this build alone: older chunks stay in dist/ for an app that still runs. */
async function copyBundle(): Promise<void> {
  const { outputs } = JSON.parse(await readFile(join(root, "dist/metafile.json"), "utf8")) as Metafile;
  for (const [path, { inputs, imports }] of Object.entries(outputs)) {
    const missing = imports.find(({ path: name, external }) => external === true && !isThere(name));
    if (missing !== undefined) throw new Error(`the bundle imports ${missing.path}, which the package does not hold`);
    const foreign = Object.keys(inputs).find((input) => forbidden.test(input));
    if (foreign !== undefined) throw new Error(`the bundle holds ${foreign}, which is for development`);
    await copy(join(root, path), path.endsWith(".map") ? join(maps, path) : join(folder, path));
  }
  const page = JSON.parse(await readFile(join(root, "dist/page-metafile.json"), "utf8")) as Metafile;
  await cp(join(root, "dist/web"), join(folder, "dist/web"), {
    recursive: true,
    filter: (source) => !/chunk-\w+\.js$/.test(source) || `dist/web/app/${basename(source)}` in page.outputs,
  });
}

async function writeManifest(): Promise<void> {
  const project = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Record<string, unknown>;
  const installed = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
  const { name, version, license, type, main, engines } = project;
  const manifest = { name, version, private: true, license, type, main, engines, dependencies: installed.dependencies };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

async function printSizes(files: readonly string[]): Promise<number> {
  const parts = new Map<string, number>();
  let total = 0;
  for (const path of files) {
    const { size } = await stat(join(folder, path));
    const part = /^node_modules\/((?:@[^/]+\/)?[^/]+)|^dist\/web|^dist|^[^/]+$/.exec(path);
    const name = part?.[1] ?? part?.[0] ?? path;
    parts.set(name, (parts.get(name) ?? 0) + size);
    total += size;
  }
  for (const [name, size] of [...parts].sort(([, one], [, other]) => other - one)) {
    if (size >= 10_000) console.log(`  ${megabytes(size).padStart(8)}  ${name}`);
  }
  return total;
}

async function main(): Promise<boolean> {
  const built = spawnSync(process.execPath, [join(root, "scripts/build.ts")], { cwd: root, stdio: "inherit" });
  if (built.status !== 0) return false;
  await Promise.all([folder, maps].map((path) => rm(path, { recursive: true, force: true })));
  await mkdir(folder, { recursive: true });
  await Promise.all([copyBundle(), copy(join(root, "host.json"), join(folder, "host.json"))]);
  await installDependencies(root, folder, externalPackages);
  await trimDependencies(folder);
  await writeManifest();

  const files = await filesIn(folder);
  const foreign = files.find((path) => forbidden.test(path) || path.endsWith(".map"));
  if (foreign !== undefined) throw new Error(`the package holds ${foreign}, which is for development`);
  const zip = createZip(
    await Promise.all(files.map(async (path) => ({ path, bytes: await readFile(join(folder, path)) }))),
  );
  await writeFile(join(root, "out/muse.zip"), zip);
  const total = await printSizes(files);
  console.log(
    `package: ${files.length} files, ${megabytes(total)} of ${megabytes(unpackedBudgetBytes)} allowed; out/muse.zip: ${megabytes(zip.length)} of ${megabytes(zipBudgetBytes)} allowed`,
  );
  if (total <= unpackedBudgetBytes && zip.length <= zipBudgetBytes) return true;
  console.error("the package is over its budget");
  return false;
}

if (!(await main())) process.exitCode = 1;

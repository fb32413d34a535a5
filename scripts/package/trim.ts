import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { filesIn } from "./files.ts";

/** What no package needs when it runs. Licences stay. */
const neverNeeded =
  /(\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|gyp|gypi|sh|c|cc|cpp|h|yml|yaml|flow)|\/(Makefile|Dockerfile[^/]*|\.[^/]+))$|\/\.github\//i;
const licence = /(^|\/)(licen[cs]e|notice|copying|third-party)[^/]*$/i;

/** Folders and files that single packages carry without a use here. */
const unused: Readonly<Record<string, readonly string[]>> = {
  "@azure/functions": ["types", "src"],
  bcrypt: ["src", "test", "examples"],
  "node-addon-api": ["."],
  sharp: ["src", "install"],
};

/** The one module of gpt-tokenizer that is loaded; its other encodings are 20 MB of tables. */
const tokenizerEntry = "gpt-tokenizer/esm/encoding/o200k_base.js";

/** Takes out of `node_modules` what is not needed to run on Linux x64. */
export async function trimDependencies(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  for (const [name, paths] of Object.entries(unused)) {
    for (const path of paths) await rm(join(modules, name, path), { recursive: true, force: true });
  }
  const keep = await reachableFrom(join(modules, tokenizerEntry));
  await removeFiles(join(modules, "gpt-tokenizer"), (path) => {
    const isNeeded = keep.has(join(modules, "gpt-tokenizer", path)) || path === "package.json" || licence.test(path);
    return !isNeeded;
  });
  await removeFiles(join(modules, "bcrypt/prebuilds"), (path) => !/^linux-x64\/.*glibc/.test(path));
  await removeFiles(modules, (path) => neverNeeded.test(path) && !licence.test(path));
}

async function removeFiles(folder: string, isUnneeded: (path: string) => boolean): Promise<void> {
  for (const path of await filesIn(folder)) if (isUnneeded(path)) await rm(join(folder, path));
}

/** The file and all that it imports, by its own import statements. */
async function reachableFrom(entry: string): Promise<ReadonlySet<string>> {
  const { metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: dirname(entry),
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
  });
  return new Set(Object.keys(metafile.inputs).map((path) => join(dirname(entry), path)));
}

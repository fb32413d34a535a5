import { readFile } from "node:fs/promises";

/**
 * Fails when what a cold start loads grows: the bytes of the entry with all that it imports statically, and any package
 * in it. Time is measured in `npm run bench`, in proportion to a bare app; bytes are the same on every machine.
 */
const entryBudgetBytes = 30_000;
interface Metafile {
  outputs: Record<
    string,
    { bytes: number; imports: { path: string; kind: string }[]; inputs: Record<string, unknown>; entryPoint?: string }
  >;
}

const { outputs }: Metafile = JSON.parse(await readFile("dist/metafile.json", "utf8"));

/** The entry's output and what it imports without `import()`. */
function staticClosure(entry: string): string[] {
  const seen = new Set<string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && imported in outputs) queue.push(imported);
    }
  }
  return [...seen];
}

const loaded = staticClosure("dist/main.js");
const bytes = loaded.reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
const packages = new Set(
  loaded
    .flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}))
    .flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []),
);

console.log(`entry: ${bytes} bytes of ${entryBudgetBytes} allowed, in ${loaded.length} files`);
if (bytes > entryBudgetBytes || packages.size > 0) {
  if (packages.size > 0) console.error(`the entry must not load: ${[...packages].join(", ")}`);
  if (bytes > entryBudgetBytes) console.error("the entry is over its budget");
  process.exitCode = 1;
}

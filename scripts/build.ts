import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

/**
 * Builds the function app into `dist/`, the page into `dist/web/`, and what only a laptop runs inside the app (the
 * simulated providers) into `dist-local/`.
 *
 * External: what the host supplies (`@azure/functions-core`), what must exist once a process (`@azure/functions`), what
 * has native parts (sharp, bcrypt), and gpt-tokenizer, whose tables esbuild would only copy.
 */
const external = ["@azure/functions", "@azure/functions-core", "sharp", "bcrypt", "gpt-tokenizer"];

/** CommonJS packages inside an ES module bundle still ask for `require`. */
const requireBanner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

const nodeBundle: BuildOptions = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22",
  minify: true,
  keepNames: true,
  sourcemap: "linked",
  legalComments: "none",
  external,
  logLevel: "warning",
};

/** Puts the value of `route-paths.ts` in its place: a start needs the paths, not the routes and schemas behind them. */
const evaluateRoutePaths: Plugin = {
  name: "evaluate-route-paths",
  setup: ({ onLoad }) => {
    onLoad({ filter: /functions\/route-paths\.ts$/ }, async () => {
      const { routePaths } = await import("../src/functions/route-paths.ts");
      return { contents: `export const routePaths = ${JSON.stringify(routePaths)};`, loader: "ts" };
    });
  },
};

async function buildApp(): Promise<void> {
  const { metafile } = await build({
    ...nodeBundle,
    entryPoints: ["src/main.ts"],
    outdir: "dist",
    splitting: true,
    chunkNames: "chunk-[hash]",
    banner: { js: requireBanner },
    metafile: true,
    plugins: [evaluateRoutePaths],
  });
  await writeFile("dist/metafile.json", JSON.stringify(metafile));
}

async function buildLocalExtensions(): Promise<void> {
  await build({
    ...nodeBundle,
    entryPoints: ["src/local/simulated/index.ts"],
    outfile: "dist-local/simulated.js",
    minify: false,
    banner: { js: requireBanner },
  });
}

async function buildPage(): Promise<void> {
  const { metafile } = await build({
    bundle: true,
    splitting: true,
    chunkNames: "chunk-[hash]",
    metafile: true,
    format: "esm",
    platform: "browser",
    target: ["chrome123", "firefox120", "safari17.5"],
    minify: true,
    legalComments: "none",
    entryPoints: ["src/web/app.ts", "src/web/style.css"],
    outdir: "dist/web/app",
    logLevel: "warning",
  });
  await writeFile("dist/page-metafile.json", JSON.stringify(metafile));
  const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  await mkdir("dist/web/docs", { recursive: true });
  await Promise.all([
    copyFile("src/web/index.html", "dist/web/index.html"),
    copyFile("src/web/favicon.svg", "dist/web/app/favicon.svg"),
    copyFile("src/web/docs/docs.html", "dist/web/docs.html"),
    copyFile("src/web/docs/docs.js", "dist/web/docs/docs.js"),
    copyFile(join(swagger, "swagger-ui-bundle.js"), "dist/web/docs/swagger-ui-bundle.js"),
    copyFile(join(swagger, "swagger-ui.css"), "dist/web/docs/swagger-ui.css"),
  ]);
}

// Nothing is deleted first: chunks are named by their content, and an app that runs may still load its own.
await Promise.all([buildApp(), buildLocalExtensions(), buildPage()]);

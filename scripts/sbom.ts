import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";

/** Writes `out/sbom.cdx.json`, the bill of materials of what Muse runs with, as CycloneDX by npm itself. */
const isWindows = process.platform === "win32";
const args = ["sbom", "--sbom-format=cyclonedx", "--omit=dev", "--package-lock-only"];
const { status, stdout, stderr } = spawnSync(isWindows ? "npm.cmd" : "npm", args, {
  encoding: "utf8",
  maxBuffer: 32 * 1_048_576,
  shell: isWindows,
});
if (status !== 0) {
  console.error(stderr.trim());
  process.exitCode = 1;
} else {
  const { bomFormat, specVersion, components } = JSON.parse(stdout) as {
    bomFormat: string;
    specVersion: string;
    components: unknown[];
  };
  await mkdir("out", { recursive: true });
  await writeFile("out/sbom.cdx.json", stdout);
  console.log(`out/sbom.cdx.json: ${bomFormat} ${specVersion}, ${components.length} components`);
}

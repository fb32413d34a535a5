import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const script = join(root, "scripts/licences.ts");

function listLicences(cwd: string): Promise<{ isAccepted: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script], { cwd }, (error, stdout, stderr) =>
      resolve({ isAccepted: error === null, output: stdout + stderr }),
    );
  });
}

describe("the licence list", () => {
  let folder: string | undefined;
  afterEach(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    folder = undefined;
  });

  it("accepts what Muse runs with", async () => {
    const { isAccepted, output } = await listLicences(root);
    expect(output).not.toContain("not accepted");
    expect(isAccepted).toBe(true);
  });

  it("refuses a licence that nobody accepted, and looks at no package of development", async () => {
    folder = await mkdtemp(join(tmpdir(), "muse-licences-"));
    const packages = {
      "": { name: "x" },
      "node_modules/fine": { version: "1.0.0", license: "(MIT OR GPL-3.0-only)" },
      "node_modules/strict": { version: "2.0.0", license: "MIT AND AGPL-3.0-only" },
      "node_modules/tool": { version: "3.0.0", license: "GPL-3.0-only", dev: true },
    };
    await writeFile(join(folder, "package-lock.json"), JSON.stringify({ packages }));
    const { isAccepted, output } = await listLicences(folder);
    expect(isAccepted).toBe(false);
    expect(output.match(/not accepted: .*/g)).toEqual(["not accepted: strict 2.0.0 is MIT AND AGPL-3.0-only"]);
  });
});

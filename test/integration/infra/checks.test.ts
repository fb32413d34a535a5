import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bicepPaths, type CheckInput, checkInfrastructure } from "../../../scripts/infra-check/check.ts";
import { readLogLines } from "../../../scripts/infra-check/log-lines.ts";
import { type ParsedFile, parseBicep, ToolMissing } from "../../../scripts/infra-check/python.ts";
import { secretSettings, settingsSchema } from "../../../src/schemas/settings.ts";
import { faults, planTypes } from "./faults.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const hasParser = await parseBicep([]).then(
  () => true,
  (error: unknown) => {
    if (!(error instanceof ToolMissing)) throw error;
    console.log(`tests of the infra checks are skipped: ${error.message}`);
    return false;
  },
);

describe.runIf(hasParser)("the checks of infra/", () => {
  let base: string;
  let parsed: Readonly<Record<string, ParsedFile>>;
  const folderOf = (index: number) => join(base, String(index));

  /** All templates are parsed by one run of the parser. */
  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), "muse-infra-"));
    await cp(join(root, "infra"), join(base, "sound"), { recursive: true });
    for (const [index, { file, from, to }] of faults.entries()) {
      await cp(join(root, "infra"), folderOf(index), { recursive: true });
      const path = join(folderOf(index), file);
      const text = await readFile(path, "utf8");
      const broken = typeof from === "string" ? text.replaceAll(from, to) : text.replace(from, to);
      expect(broken, `the fault is put in: ${String(from)}`).not.toBe(text);
      await writeFile(path, broken);
    }
    const folders = [join(base, "sound"), ...faults.map((_fault, index) => folderOf(index))];
    const all = folders.flatMap((folder) => bicepPaths(folder).map((path) => ({ folder, path })));
    // A file that is as it was is not parsed again.
    const changed = all.filter(
      ({ folder, path }) => folder.endsWith("sound") || faults[Number(folder.slice(base.length + 1))]?.file === path,
    );
    const fresh = await parseBicep(changed.map(({ folder, path }) => join(folder, path)));
    parsed = Object.fromEntries(
      all.map(({ folder, path }) => [
        join(folder, path),
        fresh[join(folder, path)] ?? fresh[join(base, "sound", path)] ?? {},
      ]),
    );
  }, 240_000);

  afterAll(async () => {
    await rm(base, { recursive: true, force: true });
  });

  async function check(folder: string, options: Partial<CheckInput> = {}): Promise<string[]> {
    const results = await checkInfrastructure({
      folder,
      parse: async () => parsed,
      app: { names: Object.keys(settingsSchema.shape), secrets: secretSettings },
      logLines: readLogLines(root),
      runbook: await readFile(join(root, "docs/operations.md"), "utf8"),
      ...options,
    });
    return results.flatMap(({ problems }) => [...problems]);
  }

  it("find nothing in the template as it is", async () => {
    expect(await check(join(base, "sound"))).toEqual([]);
  });

  for (const [index, { fault, problem }] of faults.entries()) {
    it(`find ${fault}`, async () => {
      const problems = await check(folderOf(index));
      expect(
        problems.some((line) => problem.test(line)),
        problems.join("\n"),
      ).toBe(true);
    });
  }

  it("find a new setting of the app that the template does not know yet", async () => {
    const names = [...Object.keys(settingsSchema.shape), "NEW_SETTING"];
    const problems = await check(join(base, "sound"), { app: { names, secrets: secretSettings } });
    expect(problems).toEqual(["the app reads NEW_SETTING, and the template does not set it"]);
  });

  it("hold resources against the platform's types where those are at hand", async () => {
    const typesFolder = join(base, "types");
    const typesFile = join(typesFolder, "generated/web/microsoft.web/2025-03-01/types.json");
    await cp(join(root, "infra/alerts"), join(typesFile, ".."), { recursive: true });
    const about = async (types: readonly object[]) => {
      await writeFile(typesFile, JSON.stringify(types));
      return (await check(join(base, "sound"), { typesFolder })).filter((line) =>
        line.startsWith("modules/plan.bicep"),
      );
    };
    expect(await about(planTypes)).toEqual([]);
    const text = JSON.stringify(planTypes);
    const changed = (from: string, to: string) => about(JSON.parse(text.replace(from, to)) as object[]);
    expect(await changed('"functionapp"', '"linux"')).toEqual([
      'modules/plan.bicep: plan.kind is "functionapp", not "linux"',
    ]);
    expect(await changed('"reserved"', '"isLinux"')).toEqual([
      "modules/plan.bicep: plan.properties has no property reserved",
    ]);
    expect(
      await changed('"status":{"type":{"$ref":"#/0"},"flags":2}', '"status":{"type":{"$ref":"#/0"},"flags":1}'),
    ).toEqual(["modules/plan.bicep: plan.properties lacks status"]);
    expect(await changed('"BooleanType"', '"IntegerType"')).toEqual([
      "modules/plan.bicep: plan.properties.reserved is no number",
    ]);
    expect(await changed("serverfarms@2025-03-01", "serverfarms@2025-03-02")).toEqual([
      "modules/plan.bicep: plan: the platform has no Microsoft.Web/serverfarms@2025-03-01",
    ]);
  });
});

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchDatabase, type RunningDatabase } from "../../src/local/database/launch.ts";
import { type AzureStandIn, hasOpenssl, startAzure } from "./support/azure.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe.runIf(await hasOpenssl())("the hooks of a deployment", () => {
  let database: RunningDatabase;
  let azure: AzureStandIn;

  beforeAll(async () => {
    database = await launchDatabase({ dataFolder: undefined, environment: { ...process.env, NODE_ENV: "test" } });
    azure = await startAzure({ "MONGODB-URI": database.uri });
  }, 60_000);

  afterAll(async () => {
    await azure?.stop();
    await database?.stop();
  });

  function runHook(
    hook: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number; output: string }> {
    const loopback = new URL("support/loopback.ts", import.meta.url).href;
    const env = {
      PATH: process.env.PATH ?? "",
      ...azure.surroundings,
      AZURE_CLIENT_ID: azure.settings.AZURE_CLIENT_ID ?? "",
      AZURE_KEY_VAULT_ENDPOINT: azure.settings.KEY_VAULT_URL ?? "",
      MONGODB_DATABASE: databaseName,
      ...environment,
    };
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        ["--import", loopback, `infra/hooks/${hook}.ts`],
        { cwd: root, env },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : 1, output: stdout + stderr }),
      );
    });
  }

  const databaseName = `muse_hooks_${randomBytes(6).toString("hex")}`;

  it("make the secret of tokens and migrate the database, and find both done the next time", async () => {
    const first = await runHook("prepare");
    expect(first.output).toContain("made the secret JWT-SECRET");
    expect(first.output).toMatch(/applied 0001-/);
    expect(first.code).toBe(0);
    const secret = azure.secrets.get("JWT-SECRET") ?? "";
    expect(secret).toMatch(/^[\w-]{64}$/);

    const second = await runHook("prepare");
    expect(second.output).toContain("the secret JWT-SECRET is there");
    expect(second.output).toContain("nothing to apply");
    expect(azure.secrets.get("JWT-SECRET")).toBe(secret);
    expect(first.output + second.output).not.toContain(secret);
  });

  it("rotate the secret with the one before kept behind", async () => {
    const before = azure.secrets.get("JWT-SECRET");
    const { code, output } = await runHook("rotate-jwt");
    expect(code, output).toBe(0);
    const [newest, kept] = azure.secrets.get("JWT-SECRET")?.split(",") ?? [];
    expect(newest).not.toBe(before);
    expect(kept).toBe(before);
  });

  it("say in one line what is missing", async () => {
    const { code, output } = await runHook("prepare", { AZURE_KEY_VAULT_ENDPOINT: "" });
    expect(code).toBe(1);
    expect(output.trim()).toBe(
      "prepare: AZURE_KEY_VAULT_ENDPOINT is not set: run this by azd, or with the values of `azd env get-values`",
    );
  });

  it("tell what to do when the database cannot be reached", async () => {
    const uri = azure.secrets.get("MONGODB-URI") ?? "";
    const held = azure.secrets as Map<string, string>;
    held.set("MONGODB-URI", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500");
    const { code, output } = await runHook("prepare");
    held.set("MONGODB-URI", uri);
    expect(code).toBe(1);
    expect(output).toContain("MUSE_OPERATOR_ADDRESSES");
  });
});

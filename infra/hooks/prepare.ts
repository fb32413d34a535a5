/** After the infrastructure and before the code: makes the app's own secrets and brings the database up to date. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  ensureSecret,
  openVault,
  randomEncryptionKey,
  randomSecret,
  requireVariable,
  runHook,
  withRoleDelay,
} from "./vault.ts";

/** Secrets that nobody but the app needs to know, and how each is made. */
const makers = { "JWT-SECRET": randomSecret, "ENCRYPTION-KEYS": randomEncryptionKey };

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The connection string goes by the environment: not by the command line, which others on this machine can read. */
async function migrate(uri: string, databaseName: string): Promise<void> {
  const child = spawn(process.execPath, ["scripts/database.ts", "migrate"], {
    cwd: root,
    env: { ...process.env, MONGODB_URI: uri, MONGODB_DATABASE: databaseName },
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) {
    throw new Error(
      "the migrations did not run; is this machine's address in MUSE_OPERATOR_ADDRESSES? (docs/operations.md, Deploy)",
    );
  }
}

await runHook("prepare", async () => {
  const vault = await openVault(requireVariable("AZURE_KEY_VAULT_ENDPOINT"));
  for (const [name, make] of Object.entries(makers)) {
    const isNew = await withRoleDelay(() => ensureSecret(vault, name, make));
    process.stdout.write(isNew ? `made the secret ${name}\n` : `the secret ${name} is there\n`);
  }
  const uri = await withRoleDelay(() => vault.get("MONGODB-URI"));
  if (uri === undefined) throw new Error("the vault has no MONGODB-URI: run azd provision first");
  await migrate(uri, requireVariable("MONGODB_DATABASE"));
});

/** Makes a new key for what is kept encrypted; all older ones stay, so that nothing becomes unreadable. Run it by hand: docs/operations.md, Rotate. */
import { openVault, randomEncryptionKey, requireVariable, rotateSecret, runHook } from "./vault.ts";

await runHook("rotate", async () => {
  const vault = await openVault(requireVariable("AZURE_KEY_VAULT_ENDPOINT"));
  const kept = Number.POSITIVE_INFINITY;
  const count = await rotateSecret(vault, "ENCRYPTION-KEYS", { make: randomEncryptionKey, kept });
  process.stdout.write(`ENCRYPTION-KEYS has ${count} keys now; restart the app so that it reads them\n`);
});

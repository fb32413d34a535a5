/** Makes a new secret for access tokens and image links; the one before stays valid. Run it by hand: docs/operations.md, Rotate. */
import { openVault, requireVariable, rotateSecret, runHook } from "./vault.ts";

await runHook("rotate", async () => {
  const vault = await openVault(requireVariable("AZURE_KEY_VAULT_ENDPOINT"));
  const count = await rotateSecret(vault, "JWT-SECRET");
  process.stdout.write(`JWT-SECRET has ${count} valid secrets now; restart the app so that it reads them\n`);
});

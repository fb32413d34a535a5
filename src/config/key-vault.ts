import type { SecretReader } from "./settings.ts";

/** Reads secrets with the app's identity (`DefaultAzureCredential`); a secret that does not exist is undefined. */
export async function openKeyVault(vaultUrl: string): Promise<SecretReader> {
  const [{ SecretClient }, { DefaultAzureCredential }] = await Promise.all([
    import("@azure/keyvault-secrets"),
    import("@azure/identity"),
  ]);
  const client = new SecretClient(vaultUrl, new DefaultAzureCredential());
  return async (secretName) => {
    try {
      return (await client.getSecret(secretName)).value;
    } catch (error) {
      if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return undefined;
      throw error;
    }
  };
}

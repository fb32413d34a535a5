import { type Settings, secretSettings, settingsSchema } from "../schemas/settings.ts";

/** A setting is missing or bad. The message is one line that names it, and never holds its value. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

export type SecretReader = (secretName: string) => Promise<string | undefined>;

const localSecretMark = "local-development-only";

/** `@Microsoft.KeyVault(VaultName=…;SecretName=…)` or `(SecretUri=https://…/secrets/<name>[/<version>])`, as App Service writes them. */
const reference = /^@Microsoft\.KeyVault\((?<fields>.+)\)$/i;

/** The secret's name in a Key Vault reference, or undefined when the value is not one. */
function referencedSecret(value: string): string | undefined {
  const fields = reference.exec(value)?.groups?.fields;
  if (fields === undefined) return undefined;
  return /SecretName=([^;]+)/i.exec(fields)?.[1] ?? /\/secrets\/([^/;)]+)/i.exec(fields)?.[1];
}

/**
 * Reads the settings once, from the environment and, with `KEY_VAULT_URL`, from Key Vault: references that the platform
 * left unresolved, and secrets that the environment lacks (named like the setting, with dashes: `JWT-SECRET`).
 * @param readSecret made only when it is needed, from the vault's address
 * @throws SettingsError naming each setting that is missing or bad
 */
export async function loadSettings(
  environment: Readonly<Record<string, string | undefined>>,
  openVault: (vaultUrl: string) => Promise<SecretReader>,
): Promise<Settings> {
  const values = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const vaultUrl = values.KEY_VAULT_URL;
  if (vaultUrl !== undefined) await fillFromVault(values, await openVault(vaultUrl));
  values.PUBLIC_BASE_URL ??= hostAddress(values.WEBSITE_HOSTNAME);
  const result = settingsSchema.safeParse(values);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
    throw new SettingsError(`Settings: ${[...new Set(lines)].join("; ")}`);
  }
  refuseUnsafe(result.data);
  return result.data;
}

/** The platform tells the app its own name; Core Tools tells "localhost:7071" in the same setting. */
function hostAddress(hostname: string | undefined): string | undefined {
  if (hostname === undefined) return undefined;
  return `${/^(localhost|127\.|\[::1\])/.test(hostname) ? "http" : "https"}://${hostname}`;
}

async function fillFromVault(values: Record<string, string | undefined>, readSecret: SecretReader): Promise<void> {
  const wanted = new Map<string, string>();
  for (const name of secretSettings) {
    if (values[name] === undefined) wanted.set(name, name.replaceAll("_", "-"));
  }
  for (const [name, value] of Object.entries(values)) {
    const secret = value === undefined ? undefined : referencedSecret(value);
    if (secret !== undefined) wanted.set(name, secret);
  }
  await Promise.all(
    [...wanted].map(async ([name, secret]) => {
      const value = await readSecret(secret).catch((cause) => {
        throw new SettingsError(`Settings: ${name} could not be read from Key Vault`, { cause });
      });
      // A reference to a secret that does not exist is no value: its own text must not pass for one.
      values[name] = value;
    }),
  );
}

/** What is fine on a laptop and never in production. */
function refuseUnsafe(settings: Settings): void {
  if (
    settings.AzureWebJobsStorage === undefined &&
    settings.AzureWebJobsStorage__accountName === undefined &&
    settings.AzureWebJobsStorage__blobServiceUri === undefined
  ) {
    throw new SettingsError(
      "Settings: AzureWebJobsStorage is missing: a connection string, or AzureWebJobsStorage__accountName with a managed identity",
    );
  }
  refuseUnknownModels(settings);
  const hasMail = settings.ACS_CONNECTION_STRING !== undefined || settings.ACS_ENDPOINT !== undefined;
  if (hasMail && settings.MAIL_FROM === undefined) {
    throw new SettingsError(
      "Settings: MAIL_FROM is missing: the sender's address, of a domain that the mail service verified",
    );
  }
  if (settings.NODE_ENV !== "production") return;
  if (settings.JWT_SECRET.some((secret) => secret.includes(localSecretMark))) {
    throw new SettingsError("Settings: JWT_SECRET is the local example's; production needs its own random value");
  }
  if (settings.ENCRYPTION_KEYS.some(({ bytes }) => Buffer.from(bytes).includes(localSecretMark))) {
    throw new SettingsError("Settings: ENCRYPTION_KEYS is the local example's; production needs its own random keys");
  }
  if (settings.ALLOW_LOOPBACK_ADDRESSES) {
    throw new SettingsError("Settings: ALLOW_LOOPBACK_ADDRESSES is for development and must not be true in production");
  }
  if (settings.STRIPE_SECRET_KEY !== undefined && settings.STRIPE_WEBHOOK_SECRET.length === 0) {
    throw new SettingsError("Settings: STRIPE_WEBHOOK_SECRET is missing: without it, what is paid for is never given");
  }
  if (settings.LOCAL_EXTENSIONS !== undefined) {
    throw new SettingsError("Settings: LOCAL_EXTENSIONS is for development and must not be set in production");
  }
}

/** Models of a provider that is not configured would fail with the first request; they are refused at the start. */
function refuseUnknownModels(settings: Settings): void {
  const hasLocal = settings.LOCAL_EXTENSIONS !== undefined;
  const chat: Readonly<Record<string, boolean>> = {
    openai: settings.OPENAI_API_KEY !== undefined || settings.OPENAI_BASE_URL !== undefined,
    azure: settings.AZURE_OPENAI_ENDPOINT !== undefined,
    simulated: hasLocal,
  };
  const image: Readonly<Record<string, boolean>> = {
    replicate: settings.REPLICATE_API_TOKEN !== undefined,
    "stable-diffusion-webui": settings.SD_WEBUI_URL !== undefined,
    "openai-images": settings.OPENAI_API_KEY !== undefined || settings.OPENAI_BASE_URL !== undefined,
    simulated: hasLocal,
  };
  for (const [name, models, providers] of [
    ["CHAT_MODELS", settings.CHAT_MODELS, chat],
    ["IMAGE_MODELS", settings.IMAGE_MODELS, image],
  ] as const) {
    for (const model of models) {
      const provider = model.slice(0, model.indexOf(":"));
      if (providers[provider] !== true) {
        const known = Object.keys(providers).join(", ");
        throw new SettingsError(`Settings: ${name} names ${model}, whose provider is not configured (known: ${known})`);
      }
      if (provider === "replicate" && !replicateModel.test(model)) {
        throw new SettingsError(
          `Settings: ${name} names ${model}, which must look like replicate:owner/name[:version]`,
        );
      }
    }
  }
}

const replicateModel = /^replicate:[\w.-]+\/[\w.-]+(:[\w-]+)?$/;

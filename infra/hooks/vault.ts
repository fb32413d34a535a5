import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

/** The vault, as far as the hooks use it. */
export interface Vault {
  /** @returns undefined for a secret that does not exist */
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}

const secretBytes = 48;
/** Of one secret the older ones stay valid until this many newer ones have been made. */
const keptSecrets = 2;
/** A role that was just assigned reaches the vault after some minutes. */
const roleArrivesWithinMs = 300_000;
const pauseMs = 10_000;

/** Signs in as whoever runs the hook: first by azd, which runs it, then by whatever else there is. */
export async function openVault(url: string): Promise<Vault> {
  const [{ SecretClient }, { AzureDeveloperCliCredential, ChainedTokenCredential, DefaultAzureCredential }] =
    await Promise.all([import("@azure/keyvault-secrets"), import("@azure/identity")]);
  const credential = new ChainedTokenCredential(new AzureDeveloperCliCredential(), new DefaultAzureCredential());
  const client = new SecretClient(url, credential);
  return {
    get: async (name) => {
      try {
        return (await client.getSecret(name)).value;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    set: async (name, value) => {
      await client.setSecret(name, value, { contentType: "Made by infra/hooks; newest first, separated by commas" });
    },
  };
}

function statusOf(error: unknown): unknown {
  return error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
}

/** Tries again for as long as the vault answers 403, up to five minutes. */
export async function withRoleDelay<R>(action: () => Promise<R>, pause = pauseMs): Promise<R> {
  const until = Date.now() + roleArrivesWithinMs;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (statusOf(error) !== 403 || Date.now() > until) throw error;
    }
    await delay(pause);
  }
}

/** For signing. */
export function randomSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

/** A key of ENCRYPTION_KEYS: an id that tells when it was made, and 32 random bytes. */
export function randomEncryptionKey(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  return `k${day}-${randomBytes(3).toString("hex")}:${randomBytes(32).toString("base64")}`;
}

/** Makes a random secret where there is none. @returns whether it was made */
export async function ensureSecret(vault: Vault, name: string, make = randomSecret): Promise<boolean> {
  if ((await vault.get(name)) !== undefined) return false;
  await vault.set(name, make());
  return true;
}

/**
 * Puts a new secret before the old ones: the app signs with the first and accepts all.
 * @param kept how many stay in all
 * @returns how many are valid now
 */
export async function rotateSecret(
  vault: Vault,
  name: string,
  { make = randomSecret, kept = keptSecrets }: { make?: () => string; kept?: number } = {},
): Promise<number> {
  const old = (await vault.get(name))?.split(",").filter((secret) => secret !== "") ?? [];
  const secrets = [make(), ...old].slice(0, kept);
  await vault.set(name, secrets.join(","));
  return secrets.length;
}

/** @throws Error that names the variable */
export function requireVariable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by azd, or with the values of \`azd env get-values\``);
  return value;
}

/** Runs a hook: what fails ends it with one line and exit code 1. */
export async function runHook(name: string, hook: () => Promise<void>): Promise<void> {
  try {
    await hook();
  } catch (error) {
    const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
    process.stderr.write(`${name}: ${message}\n`);
    process.exitCode = 1;
  }
}

import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { loadSettings } from "../../src/config/settings.ts";

const good = {
  MONGODB_URI: "mongodb://127.0.0.1:27017",
  AzureWebJobsStorage: "UseDevelopmentStorage=true",
  JWT_SECRET: "a secret of at least thirty-two characters",
  PUBLIC_BASE_URL: "https://muse.example/",
};
const randomKey = randomBytes(32).toString("base64");
const noVault = () => Promise.reject(new Error("no vault is asked"));
const load = (environment: Record<string, string | undefined>) => loadSettings({ ...good, ...environment }, noVault);

describe("settings", () => {
  it("take other names of picture providers", async () => {
    const values = { OPENAI_API_KEY: "sk", SD_WEBUI_URL: "http://127.0.0.1:7860" };
    const { IMAGE_MODELS } = await load({ ...values, IMAGE_MODELS: "openai:gpt-image-1,sd-webui:default" });
    expect(IMAGE_MODELS).toEqual(["openai-images:gpt-image-1", "stable-diffusion-webui:default"]);
  });

  it("have defaults for what is not needed", async () => {
    const settings = await load({});
    expect(settings).toMatchObject({ MONGODB_DATABASE: "muse", CACHE_MAX_AGE_DAYS: 30, STUCK_AFTER_MINUTES: 30 });
    expect(settings.PUBLIC_BASE_URL).toBe("https://muse.example");
    expect(settings.JWT_SECRET).toEqual([good.JWT_SECRET]);
  });

  it.each([
    ["MONGODB_URI", undefined],
    ["MONGODB_URI", "postgres://x"],
    ["JWT_SECRET", undefined],
    ["JWT_SECRET", "short"],
    ["PUBLIC_BASE_URL", "ftp://x"],
    ["ENCRYPTION_KEYS", "no-colon"],
    ["ENCRYPTION_KEYS", "short:c2hvcnQ="],
    ["ENCRYPTION_KEYS", `twice:${randomKey},twice:${randomKey}`],
    ["IP_ALLOW_LIST", "203.0.113.0/24, nowhere"],
    ["AzureWebJobsStorage", undefined],
    ["BLOB_CONTAINER", "Not Valid"],
    ["CACHE_MAX_AGE_DAYS", "soon"],
    ["CHAT_MODELS", "no-colon"],
    ["CHAT_MODELS", "openai:gpt-4o-mini"],
    ["IMAGE_MODELS", "nowhere:model"],
  ])("are refused in one line that names %s (%s)", async (name, value) => {
    const failure = await load({ [name]: value }).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect((failure as Error).message).toContain(name);
    expect((failure as Error).message).not.toContain("\n");
  });

  it.each(["JWT_SECRET", "ENCRYPTION_KEYS"])("never show a secret's value (%s)", async (name) => {
    const failure = await load({ [name]: "hunter2" }).catch((error: Error) => error);
    expect((failure as Error).message).toContain(name);
    expect((failure as Error).message).not.toContain("hunter2");
  });

  it("have encryption keys in their order", async () => {
    const { ENCRYPTION_KEYS: keys } = await load({ ENCRYPTION_KEYS: `new:${randomKey}, old:${"A".repeat(43)}=` });
    expect(keys.map(({ id, bytes }) => [id, bytes.byteLength])).toEqual([
      ["new", 32],
      ["old", 32],
    ]);
  });

  it("take the platform's own name for the address", async () => {
    const { PUBLIC_BASE_URL: _, ...rest } = good;
    const address = async (hostname: string) =>
      (await loadSettings({ ...rest, WEBSITE_HOSTNAME: hostname }, noVault)).PUBLIC_BASE_URL;
    expect(await address("muse.azurewebsites.net")).toBe("https://muse.azurewebsites.net");
    expect(await address("localhost:7071")).toBe("http://localhost:7071");
  });

  it("refuse in production what is for a laptop", async () => {
    const local = "local-development-only-not-a-secret-000000";
    await expect(load({ NODE_ENV: "production", JWT_SECRET: local })).rejects.toThrow("JWT_SECRET");
    const localKey = `local:${Buffer.from("local-development-only-not-a-key").toString("base64")}`;
    await expect(load({ NODE_ENV: "production", ENCRYPTION_KEYS: localKey })).rejects.toThrow("ENCRYPTION_KEYS");
    await expect(load({ NODE_ENV: "production", LOCAL_EXTENSIONS: "x.js" })).rejects.toThrow("LOCAL_EXTENSIONS");
    await expect(load({ NODE_ENV: "production", ALLOW_LOOPBACK_ADDRESSES: "true" })).rejects.toThrow("ALLOW_LOOPBACK");
    await expect(load({ JWT_SECRET: local })).resolves.toBeDefined();
  });
});

describe("Key Vault", () => {
  const secrets: Record<string, string> = {
    "JWT-SECRET": "a secret that only the vault has and long enough",
    "the-database": "mongodb://vault:27017",
  };
  const open = async () => async (name: string) => secrets[name];
  const vault = { KEY_VAULT_URL: "https://vault.example" };

  it("gives the secrets that the environment lacks, and resolves references", async () => {
    const { JWT_SECRET: _, ...rest } = good;
    const settings = await loadSettings(
      { ...rest, ...vault, MONGODB_URI: "@Microsoft.KeyVault(VaultName=v;SecretName=the-database)" },
      open,
    );
    expect(settings.JWT_SECRET).toEqual([secrets["JWT-SECRET"]]);
    expect(settings.MONGODB_URI).toBe("mongodb://vault:27017");
  });

  it("does not take a reference to a missing secret for a value", async () => {
    const reference = "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/nothing/1)";
    await expect(loadSettings({ ...good, ...vault, JWT_SECRET: reference }, open)).rejects.toThrow("JWT_SECRET");
  });

  it("names the setting whose secret could not be read, and not why", async () => {
    const { JWT_SECRET: _, ...rest } = good;
    const broken = async () => () => Promise.reject(new Error("token abc123 refused"));
    const failure = await loadSettings({ ...rest, ...vault }, broken).catch((error: Error) => error);
    expect((failure as Error).message).toMatch(/could not be read from Key Vault/);
    expect((failure as Error).message).not.toContain("abc123");
  });
});

import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import {
  ensureSecret,
  randomEncryptionKey,
  rotateSecret,
  type Vault,
  withRoleDelay,
} from "../../../infra/hooks/vault.ts";
import { settingsSchema } from "../../../src/schemas/settings.ts";

function memoryVault(): Vault & { readonly secrets: Map<string, string> } {
  const secrets = new Map<string, string>();
  return {
    secrets,
    get: async (name) => secrets.get(name),
    set: async (name, value) => {
      secrets.set(name, value);
    },
  };
}

describe("the app's own secret", () => {
  it("is made once and stays", async () => {
    const vault = memoryVault();
    expect(await ensureSecret(vault, "JWT-SECRET")).toBe(true);
    const first = vault.secrets.get("JWT-SECRET") ?? "";
    expect(first.length).toBeGreaterThanOrEqual(32);
    expect(await ensureSecret(vault, "JWT-SECRET")).toBe(false);
    expect(vault.secrets.get("JWT-SECRET")).toBe(first);
  });

  it("rotates with overlap: the new one first, the one before still valid, older ones gone", async () => {
    const vault = memoryVault();
    await ensureSecret(vault, "JWT-SECRET");
    const first = vault.secrets.get("JWT-SECRET");
    expect(await rotateSecret(vault, "JWT-SECRET")).toBe(2);
    const [second, kept] = vault.secrets.get("JWT-SECRET")?.split(",") ?? [];
    expect(second).not.toBe(first);
    expect(kept).toBe(first);
    expect(await rotateSecret(vault, "JWT-SECRET")).toBe(2);
    expect(vault.secrets.get("JWT-SECRET")?.split(",")[1]).toBe(second);
  });

  it("keeps every key of what is encrypted, each with an id of its own", async () => {
    const vault = memoryVault();
    await ensureSecret(vault, "ENCRYPTION-KEYS", randomEncryptionKey);
    const options = { make: randomEncryptionKey, kept: Number.POSITIVE_INFINITY };
    for (const expected of [2, 3]) expect(await rotateSecret(vault, "ENCRYPTION-KEYS", options)).toBe(expected);
    const { ENCRYPTION_KEYS: keys } = settingsSchema
      .pick({ ENCRYPTION_KEYS: true })
      .parse({ ENCRYPTION_KEYS: vault.secrets.get("ENCRYPTION-KEYS") });
    expect(keys).toHaveLength(3);
  });

  it("waits for a role that has just been assigned, and for nothing else", async () => {
    let tries = 0;
    const refused = Object.assign(new Error("Forbidden"), { statusCode: 403 });
    const value = await withRoleDelay(async () => {
      tries += 1;
      if (tries < 3) throw refused;
      return "here";
    }, 1);
    expect(value).toBe("here");
    await expect(
      withRoleDelay(() => Promise.reject(Object.assign(new Error("Gone"), { statusCode: 410 })), 1),
    ).rejects.toThrow("Gone");
  });
});

describe("the smoke test after a deployment", () => {
  let close = async (): Promise<void> => undefined;
  afterEach(() => close());

  async function smokeTest(listener: RequestListener): Promise<{ code: number; output: string }> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    close = async () => {
      server.closeAllConnections();
      server.close();
    };
    const script = fileURLToPath(new URL("../../../infra/hooks/smoke-test.ts", import.meta.url));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new Promise((resolve) => {
      execFile(process.execPath, [script], { env: { ...process.env, MUSE_URL: url } }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : 1, output: stdout + stderr }),
      );
    });
  }

  const sound: RequestListener = (request, response) => {
    const answers: Readonly<Record<string, [number, string]>> = {
      "/api/ready": [200, "{}"],
      "/api/health": [200, '{"status":"ok"}'],
      "/api/app": [200, "<!doctype html>"],
      "/api/openapi.json": [200, '{"openapi":"3.1.1"}'],
      "/api/v1/models": [200, '{"chat":[]}'],
      "/api/v1/users/me": [401, "{}"],
    };
    const [status, body] = answers[request.url ?? ""] ?? [404, "{}"];
    response
      .writeHead(status, { "x-content-type-options": "nosniff", "content-security-policy": "default-src 'self'" })
      .end(body);
  };

  it("passes on an app that answers as it should, and waits until it is ready", async () => {
    let asked = 0;
    const { code, output } = await smokeTest((request, response) => {
      if (request.url === "/api/ready" && asked++ === 0) response.writeHead(503).end("starting");
      else sound(request, response);
    });
    expect(output).toContain("ok 401 /api/v1/users/me");
    expect(code).toBe(0);
  });

  it("fails where a closed door is open", async () => {
    const { code, output } = await smokeTest((request, response) => {
      if (request.url === "/api/v1/users/me") response.writeHead(200).end("{}");
      else sound(request, response);
    });
    expect(code).toBe(1);
    expect(output).toContain("/api/v1/users/me answered 200, not 401");
  });

  it("fails where simulated models are on offer", async () => {
    const { code, output } = await smokeTest((request, response) => {
      if (request.url === "/api/v1/models") response.writeHead(200).end('["simulated"]');
      else sound(request, response);
    });
    expect(code).toBe(1);
    expect(output).toContain("/api/v1/models answered 200, but not as it should");
  });
});

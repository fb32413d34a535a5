import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../support/client.ts";
import { type RunningMuse, startMuse } from "../support/muse.ts";

/** A Muse whose list of allowed clients does not have this machine on it. */

let folder: string;
let muse: RunningMuse;
let client: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "muse-doors-"));
  muse = await startMuse({
    dataFolder: folder,
    environment: { IP_ALLOW_LIST: "203.0.113.0/24, 2001:db8::/32", ALLOWED_ORIGINS: "", LOG_LEVEL: "warn" },
  });
  client = new Client(muse.url);
});

afterAll(async () => {
  await muse?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

describe("a list of allowed clients", () => {
  it.each([
    ["POST", "/v1/auth/guest"],
    ["GET", "/v1/models"],
    ["GET", "/app"],
    ["GET", "/openapi.json"],
    ["GET", "/ready"],
    ["OPTIONS", "/v1/chat"],
    ["GET", "/no-such-path"],
  ])("turns a stranger away: %s %s", async (method, path) => {
    const answer = await client.call(method, path);
    expect(answer.status).toBe(403);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body).toMatchObject({ status: 403, code: "forbidden" });
  });

  it("does not believe what a client says of its address", async () => {
    for (const name of ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip", "x-azure-clientip"]) {
      const headers = { [name]: name === "forwarded" ? "for=203.0.113.9" : "203.0.113.9" };
      expect((await client.get("/v1/models", { headers })).status, name).toBe(403);
    }
  });

  it("leaves the probe open", async () => {
    expect((await client.get("/health")).status).toBe(200);
  });
});

describe("every answer", () => {
  it("has the headers that keep browsers from guessing and running, and no CORS for strangers", async () => {
    const { headers } = await client.get("/health", { headers: { origin: "https://elsewhere.example" } });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    // On a laptop it would lock localhost to HTTPS.
    expect(headers.get("strict-transport-security")).toBeNull();
  });
});

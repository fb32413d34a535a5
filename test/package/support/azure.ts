import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const account = "devstoreaccount1";
const accountKey = Buffer.alloc(64, "test-account-key").toString("base64");
const azuriteWithinMs = 30_000;

/** What an app on Azure finds around it, on loopback: its identity, a vault that wants a token of it, and storage likewise. */
export interface AzureStandIn {
  /** Settings as the template sets them, with the addresses of here. */
  readonly settings: Readonly<Record<string, string>>;
  /** What this machine needs besides: trust in the certificate, the vault's name, and the host's own way to the storage. */
  readonly surroundings: Readonly<Record<string, string>>;
  /** Resources that tokens were asked for, with the client id that asked. */
  readonly tokens: readonly { readonly resource: string; readonly clientId: string }[];
  /** Secrets that were read with a token. */
  readonly secretsRead: readonly string[];
  /** What the vault holds now. */
  readonly secrets: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/** Name of the vault; the SDK sends tokens to hosts under vault.azure.net alone. */
const vaultHost = "muse.vault.azure.net";
export const identityClientId = "7a1f1d7e-93d5-4d0e-8a0f-000000000001";

/** @param secrets of the vault, by name */
export async function startAzure(secrets: Readonly<Record<string, string>>): Promise<AzureStandIn> {
  const undo: (() => Promise<unknown>)[] = [];
  const folder = await mkdtemp(join(tmpdir(), "muse-certificate-"));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const certificate = await makeCertificate(folder);
  const tokens: AzureStandIn["tokens"][number][] = [];
  const identity = await startIdentity(tokens);
  undo.push(identity.stop);
  const secretsRead: string[] = [];
  const held = new Map(Object.entries(secrets));
  const vault = await startVault(certificate, held, secretsRead);
  undo.push(vault.stop);
  const storage = await startStorage(certificate);
  undo.push(storage.stop);
  const vaultUrl = `https://${vaultHost}:${vault.port}/`;
  return {
    settings: {
      AZURE_CLIENT_ID: identityClientId,
      KEY_VAULT_URL: vaultUrl,
      MONGODB_URI: `@Microsoft.KeyVault(SecretUri=${vaultUrl}secrets/MONGODB-URI)`,
      JWT_SECRET: `@Microsoft.KeyVault(SecretUri=${vaultUrl}secrets/JWT-SECRET)`,
      AzureWebJobsStorage__blobServiceUri: storage.blobUrl,
      AzureWebJobsStorage__queueServiceUri: storage.queueUrl,
    },
    surroundings: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${identity.port}/msi/token`,
      IDENTITY_HEADER: "only-this-machine",
      NODE_EXTRA_CA_CERTS: certificate.certificateFile,
      LOOPBACK_HOST: vaultHost,
      HOST_STORAGE: `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${storage.blobUrl};QueueEndpoint=${storage.queueUrl}`,
    },
    tokens,
    secretsRead,
    secrets: held,
    stop: async () => {
      for (const step of undo.splice(0).reverse()) await step();
    },
  };
}

interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Whether certificates can be made here. */
export async function hasOpenssl(): Promise<boolean> {
  return run("openssl", ["version"]).then(
    () => true,
    () => false,
  );
}

async function makeCertificate(folder: string): Promise<Certificate> {
  const [certificateFile, keyFile] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const names = `subjectAltName=DNS:${vaultHost},DNS:localhost,IP:127.0.0.1`;
  const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", keyFile];
  await run("openssl", [
    "req",
    "-x509",
    ...key,
    "-out",
    certificateFile,
    "-days",
    "1",
    "-subj",
    "/CN=muse",
    "-addext",
    names,
  ]);
  return { certificateFile, keyFile };
}

type Server = ReturnType<typeof createHttpServer> | ReturnType<typeof createHttpsServer>;

async function listen(server: Server): Promise<{ port: number; stop(): Promise<void> }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The identity of App Service: GET with the header, answered by a token for the resource (protocol version 2019-08-01). */
function startIdentity(tokens: { resource: string; clientId: string }[]) {
  return listen(
    createHttpServer((request, response) => {
      const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
      const [resource, clientId] = [searchParams.get("resource") ?? "", searchParams.get("client_id") ?? ""];
      if (request.headers["x-identity-header"] !== "only-this-machine" || clientId !== identityClientId) {
        response.writeHead(400).end("{}");
        return;
      }
      tokens.push({ resource, clientId });
      const body = { access_token: makeToken(resource), client_id: clientId, resource, token_type: "Bearer" };
      const expires = Math.floor(Date.now() / 1000) + 3600;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ ...body, expires_on: String(expires) }));
    }),
  );
}

/** A token with the claims that the storage emulator looks at; nobody here checks its signature. */
function makeToken(resource: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: resource,
    iss: "https://sts.windows.net/00000000-0000-0000-0000-000000000001/",
    iat: now - 60,
    nbf: now - 60,
    exp: now + 3600,
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${Buffer.from("unsigned").toString("base64url")}`;
}

/** Key Vault's challenge, then the secret (REST API 7.x, Get Secret and Set Secret). */
async function startVault({ certificateFile, keyFile }: Certificate, secrets: Map<string, string>, read: string[]) {
  const [cert, key] = await Promise.all([readFile(certificateFile), readFile(keyFile)]);
  return listen(
    createHttpsServer({ cert, key }, async (request, response) => {
      const name = /^\/secrets\/([^/?]+)/.exec(request.url ?? "")?.[1] ?? "";
      if (!request.headers.authorization?.startsWith("Bearer ey")) {
        const challenge =
          'Bearer authorization="https://login.microsoftonline.com/muse", resource="https://vault.azure.net"';
        response.writeHead(401, { "www-authenticate": challenge }).end("{}");
        return;
      }
      if (request.method === "PUT") {
        const body = JSON.parse(await text(request)) as { value: string };
        secrets.set(name, body.value);
      } else read.push(name);
      const value = secrets.get(name);
      const id = `https://${request.headers.host}/secrets/${name}/1`;
      const missing = { error: { code: "SecretNotFound", message: "There is no such secret." } };
      response.writeHead(value === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(value === undefined ? missing : { value, id, attributes: { enabled: true } }));
    }),
  );
}

/** Azurite with TLS, which it wants for tokens. */
async function startStorage({ certificateFile, keyFile }: Certificate) {
  const ports = [
    "--blobHost",
    "127.0.0.1",
    "--blobPort",
    "0",
    "--queueHost",
    "127.0.0.1",
    "--queuePort",
    "0",
    "--tableHost",
    "127.0.0.1",
    "--tablePort",
    "0",
  ];
  const security = ["--oauth", "basic", "--cert", certificateFile, "--key", keyFile];
  const script = join(root, "node_modules/azurite/dist/src/azurite.js");
  const child = spawn(
    process.execPath,
    [script, ...ports, ...security, "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"],
    {
      env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${accountKey}` },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const exited = once(child, "exit");
  const listening = Promise.withResolvers<void>();
  let output = "";
  const portOf = (service: string) =>
    new RegExp(`${service} service is successfully listening at https://127\\.0\\.0\\.1:(\\d+)`).exec(output)?.[1];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (portOf("Table") !== undefined) listening.resolve();
    });
  }
  const timer = setTimeout(
    () => listening.reject(new Error(`Azurite was not ready in time:\n${output}`)),
    azuriteWithinMs,
  );
  void exited.then(() => listening.reject(new Error(`Azurite ended:\n${output}`)));
  await listening.promise.finally(() => clearTimeout(timer));
  return {
    blobUrl: `https://127.0.0.1:${portOf("Blob")}/${account}`,
    queueUrl: `https://127.0.0.1:${portOf("Queue")}/${account}`,
    stop: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretSettings } from "../../src/schemas/settings.ts";
import { Client, eventually } from "../support/client.ts";
import { type AzureStandIn, hasOpenssl, identityClientId, startAzure } from "./support/azure.ts";
import { connectByStrings, type Deployment, deploy, startHostProcess, unpackPackage } from "./support/deployment.ts";
import { answerText } from "./support/stand-in.ts";

const run = promisify(execFile);
const hasCertificates = await hasOpenssl();
/** The package holds the native parts of Linux on x64 alone. */
const canRun = process.platform === "linux" && process.arch === "x64";

describe("the package that is deployed", () => {
  let folder = "";
  let files: string[];
  let deployment: Deployment | undefined;
  let client: Client;

  beforeAll(async () => {
    folder = await unpackPackage();
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    if (!canRun) return;
    deployment = await deploy(folder, connectByStrings);
    client = new Client(deployment.url);
  }, 180_000);

  afterAll(async () => {
    await deployment?.stop();
    if (folder !== "") await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  it("holds the app, the host's configuration and the page", () => {
    expect(files).toEqual(expect.arrayContaining(["host.json", "package.json", "dist/main.js", "dist/web/index.html"]));
  });

  it("holds nothing of development", () => {
    const foreign =
      /(^|\/)(src\/local|test|\.env|\.github)|local\.settings|dist-local|simulated|\.map$|\.ts$|azurite|mongodb-memory-server|esbuild|vitest/;
    expect(files.filter((path) => foreign.test(path))).toEqual([]);
  });

  it("holds only the packages that cannot be bundled, with their licences, for Linux on x64", async () => {
    const natives = files.filter((path) => path.endsWith(".node") || /\.so[.\d]*$/.test(path));
    expect(natives.length).toBeGreaterThanOrEqual(3);
    for (const path of natives) expect(path).toMatch(/linux-x64/);
    const { dependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
      dependencies: object;
    };
    expect(Object.keys(dependencies).sort()).toEqual(["@azure/functions", "bcrypt", "gpt-tokenizer", "sharp"]);
    for (const name of Object.keys(dependencies)) {
      expect(
        files.some((path) => path.toLowerCase().startsWith(`node_modules/${name}/licen`)),
        `licence of ${name}`,
      ).toBe(true);
    }
  });

  describe.runIf(canRun)("on a production host", () => {
    it("is healthy and reaches database, blobs and queues", async () => {
      expect((await client.get("/health")).status).toBe(200);
      const ready = await client.get("/ready");
      expect(ready.status, JSON.stringify(ready.body)).toBe(200);
      expect(Object.values(ready.body.checks).map((check) => (check as { status: string }).status)).toEqual([
        "up",
        "up",
        "up",
      ]);
    });

    it("serves the page, the reference and the contract", async () => {
      expect((await client.get("/app")).body).toContain("<!doctype html");
      expect((await client.get("/docs")).status).toBe(200);
      const contract = await client.get("/openapi.json");
      expect(contract.body.servers).toEqual([{ url: "https://muse.example/api" }]);
    });

    it("signs a person up and in, and answers a chat turn that is charged", async () => {
      const account = { email: "packaged@example.com", password: "a long enough password" };
      expect((await client.post("/v1/auth/register", account)).status).toBe(201);
      const login = await client.post("/v1/auth/login", account);
      expect(login.status).toBe(200);
      const person = new Client(client.baseUrl, login.body.access_token);
      const before = await person.balance();

      const turn = await person.post("/v1/chat", { content: "How do packages travel?" });

      expect(turn.status, JSON.stringify(turn.body)).toBe(200);
      expect(turn.body.message).toMatchObject({ status: "complete", content: answerText });
      expect(turn.body.message.metadata).toMatchObject({ model: "stand-in", prompt_tokens: 21, completion_tokens: 5 });
      expect(await person.balance()).toBe(before - 1);
      const conversations = await person.get("/v1/conversations");
      expect(conversations.body.data).toHaveLength(1);
    });

    it("streams a turn and counts its tokens itself where the provider does not", async () => {
      const { body } = await client.post("/v1/auth/guest");
      const guest = new Client(client.baseUrl, body.access_token);
      const events = await guest.events("POST", "/v1/chat", {
        body: { content: "Again, as a stream.", model: "no-usage", stream: true },
      });
      const text = events.filter(({ event }) => event === "delta").map(({ data }) => data.text);
      expect(text.join("")).toBe(answerText);
      expect(text.length).toBeGreaterThan(1);
      const completed = events.find(({ event }) => event === "message.completed")?.data.message;
      // "Packages travel light." is four to six tokens in every encoding of OpenAI's.
      expect(completed.metadata.completion_tokens).toBeGreaterThanOrEqual(4);
      expect(completed.metadata.completion_tokens).toBeLessThanOrEqual(6);
      expect(events.at(-1)?.event).toBe("done");
    });

    it("makes a picture through the queue: original, thumbnail and message, charged once, in one trace", async () => {
      const { body } = await client.post("/v1/auth/guest");
      const guest = new Client(client.baseUrl, body.access_token);
      const before = await guest.balance();
      const traceId = randomBytes(16).toString("hex");

      const accepted = await guest.post(
        "/v1/generations",
        { prompt: "a parcel", image_size: "256x192" },
        { headers: { "idempotency-key": randomUUID(), traceparent: `00-${traceId}-00f067aa0ba902b7-01` } },
      );
      expect(accepted.status, JSON.stringify(accepted.body)).toBe(202);
      const done = (await guest.get(`/v1/generations/${accepted.body.id}?wait=45`)).body;

      expect(done, `${JSON.stringify(done)}\n${deployment?.output()}`).toMatchObject({ status: "completed" });
      expect(await guest.balance()).toBe(before - done.cost_credits);
      const [image] = done.images;
      expect(image).toMatchObject({ width: 256, height: 192, service: "blob" });
      // Addresses are of the deployment's public name, which this machine does not answer to.
      for (const [url, format] of [
        [image.url, "png"],
        [image.thumbnail_url, "jpeg"],
      ]) {
        const answer = await fetch(new URL(url.replace("https://muse.example", client.baseUrl)));
        expect(answer.status, url).toBe(200);
        expect(answer.headers.get("content-type")).toBe(`image/${format}`);
      }
      const messages = await guest.get(`/v1/conversations/${done.conversation_id}/messages`);
      expect(messages.body.data.at(-1).images).toHaveLength(1);
      const spans = await eventually(
        async () => deployment?.collector.spans().filter((span) => span.traceId === traceId) ?? [],
        (found) => found.some(({ name }) => name === "process generations"),
      );
      const names = spans.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(["POST /v1/generations", "send generations", "blob put"]));
    });

    it("tells browsers to come by HTTPS alone", async () => {
      const { headers } = await client.get("/health");
      expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
      expect((await client.get("/app")).headers.get("content-security-policy")).toContain("script-src 'self'");
    });

    it("has no provider, door or model of development", async () => {
      const models = await client.get("/v1/models");
      expect(JSON.stringify(models.body)).not.toContain("simulated");
      expect((await client.get("/dev/outbox?to=x@example.com")).status).toBe(404);
    });

    it("logs JSON lines without secrets", () => {
      const output = deployment?.output() ?? "";
      const lines = output.split("\n").filter((line) => line.startsWith("{"));
      expect(lines.length).toBeGreaterThan(5);
      const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request");
      expect(requests.every(({ status, durationMs }) => Number.isInteger(status) && durationMs >= 0)).toBe(true);
      expect(output).not.toMatch(/sk-stand-in|AccountKey=|a long enough password/);
    });

    it("processes pictures with its own sharp", async () => {
      const code =
        'import sharp from "sharp"; const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } }).resize(4, 4).webp().toBuffer(); console.log((await sharp(bytes).metadata()).format, (await sharp(bytes).metadata()).width)';
      const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code], {
        cwd: folder,
        env: { PATH: process.env.PATH ?? "" },
      });
      expect(stdout.trim()).toBe("webp 4");
    });
  });

  it.runIf(canRun && hasCertificates)(
    "reaches storage, vault and secrets by its identity alone, as on Azure",
    async () => {
      let azure: AzureStandIn | undefined;
      const onAzure = await deploy(folder, async ({ databaseUri, jwtSecret }) => {
        const started = await startAzure({
          "MONGODB-URI": databaseUri,
          "JWT-SECRET": jwtSecret,
          "OPENAI-API-KEY": "sk-from-the-vault",
        });
        azure = started;
        return { environment: { ...started.settings, ...started.surroundings }, stop: started.stop };
      });
      try {
        const visitor = new Client(onAzure.url);
        const ready = await visitor.get("/ready");
        expect(ready.status, `${JSON.stringify(ready.body)}\n${onAzure.output()}`).toBe(200);
        const { body } = await visitor.post("/v1/auth/guest");
        const turn = await new Client(onAzure.url, body.access_token).post("/v1/chat", { content: "By identity?" });
        expect(turn.body.message, JSON.stringify(turn.body)).toMatchObject({ status: "complete", content: answerText });
        expect(onAzure.chat.requests.map(({ key }) => key)).toEqual(["Bearer sk-from-the-vault"]);
        expect([...(azure?.secretsRead ?? [])].sort()).toEqual(
          secretSettings.map((name) => name.replaceAll("_", "-")).sort(),
        );
        const resources = new Set(azure?.tokens.map(({ resource }) => resource));
        expect([...resources].sort()).toEqual(["https://storage.azure.com", "https://vault.azure.net"]);
        expect(azure?.tokens.every(({ clientId }) => clientId === identityClientId)).toBe(true);
      } finally {
        await onAzure.stop();
      }
    },
    120_000,
  );

  it.runIf(canRun)("refuses to start with the settings of a laptop, and names them", async () => {
    const environment = {
      PATH: process.env.PATH ?? "",
      NODE_ENV: "production",
      AzureWebJobsStorage: "UseDevelopmentStorage=true",
      MONGODB_URI: "mongodb://127.0.0.1:1/",
      PUBLIC_BASE_URL: "https://muse.example",
      JWT_SECRET: "local-development-only-not-a-secret-000000",
    };
    await expect(startHostProcess(folder, environment)).rejects.toThrow(/JWT_SECRET is the local example's/);
    const withExtensions = { ...environment, JWT_SECRET: "x".repeat(40), LOCAL_EXTENSIONS: "dist-local/simulated.js" };
    await expect(startHostProcess(folder, withExtensions)).rejects.toThrow(/LOCAL_EXTENSIONS is for development/);
  });
});

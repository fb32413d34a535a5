import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { launchAzurite } from "../../../src/local/azurite.ts";
import { launchDatabase } from "../../../src/local/database/launch.ts";
import { type Collector, startCollector } from "../../support/collector.ts";
import { type StandIn, startStandIn } from "./stand-in.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const readyWithinMs = 30_000;

/** A deployed package that runs, with real parts behind it. */
export interface Deployment {
  readonly url: string;
  readonly appFolder: string;
  readonly chat: StandIn;
  readonly collector: Collector;
  output(): string;
  stop(): Promise<void>;
}

/** Builds the package and unpacks its zip into an empty folder, by a program that is not ours. */
export async function unpackPackage(): Promise<string> {
  await run(process.execPath, ["scripts/package.ts"], { cwd: root, timeout: 150_000 });
  const folder = await mkdtemp(join(tmpdir(), "muse-package-"));
  const zip = join(root, "out/muse.zip");
  try {
    await run("unzip", ["-q", zip, "-d", folder]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await run("python3", ["-m", "zipfile", "-e", zip, folder]);
  }
  return folder;
}

interface Parts {
  readonly databaseUri: string;
  readonly jwtSecret: string;
}

/** How an app is told of its parts: the settings, and what else its process needs. */
interface Connection {
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** By a connection string and secrets in clear, as on a machine of one's own. */
export async function connectByStrings({ databaseUri, jwtSecret }: Parts): Promise<Connection> {
  const storage = await launchAzurite({ dataFolder: undefined });
  const environment = {
    AzureWebJobsStorage: storage.connectionString,
    MONGODB_URI: databaseUri,
    JWT_SECRET: jwtSecret,
    OPENAI_API_KEY: "sk-stand-in",
  };
  return { environment, stop: storage.stop };
}

/**
 * Runs an unpacked app with `NODE_ENV=production`, on a fresh database and storage, with nothing of this process's environment.
 * @param connect tells the app of its parts
 */
export async function deploy(appFolder: string, connect: (parts: Parts) => Promise<Connection>): Promise<Deployment> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const database = await launchDatabase({
      dataFolder: undefined,
      environment: { ...process.env, NODE_ENV: "test" },
    });
    undo.push(database.stop);
    const connection = await connect({ databaseUri: database.uri, jwtSecret: randomBytes(48).toString("base64url") });
    undo.push(connection.stop);
    const chat = await startStandIn();
    undo.push(chat.stop);
    const collector = await startCollector();
    undo.push(collector.stop);
    const cacheFolder = await mkdtemp(join(tmpdir(), "muse-cache-"));
    undo.push(() => rm(cacheFolder, { recursive: true, force: true }));
    const databaseName = `muse_package_${randomBytes(6).toString("hex")}`;
    const environment = {
      PATH: process.env.PATH ?? "",
      NODE_ENV: "production",
      MONGODB_DATABASE: databaseName,
      MONGODB_MIN_POOL_SIZE: "0",
      PUBLIC_BASE_URL: "https://muse.example",
      CACHE_DIR: cacheFolder,
      OPENAI_BASE_URL: chat.baseUrl,
      CHAT_MODELS: "openai:stand-in,openai:no-usage",
      IMAGE_MODELS: "openai-images:stand-in-image",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_METRIC_EXPORT_INTERVAL: "1000",
      ...connection.environment,
    };
    const migration = { PATH: environment.PATH, MONGODB_URI: database.uri, MONGODB_DATABASE: databaseName };
    await run(process.execPath, ["scripts/database.ts", "migrate"], { cwd: root, env: migration, timeout: 60_000 });
    const host = await startHostProcess(appFolder, environment);
    undo.push(host.stop);
    return { url: host.url, appFolder, chat, collector, output: host.output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws Error with all that the process printed, when it ends before it listens */
export async function startHostProcess(appFolder: string, environment: Readonly<Record<string, string>>) {
  const script = fileURLToPath(new URL("run-host.ts", import.meta.url));
  const child = spawn(process.execPath, [script, appFolder, "0"], {
    cwd: appFolder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  let output = "";
  const listening = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const url = /^listening: (\S+)/m.exec(output)?.[1];
      if (url !== undefined) listening.resolve(url);
    });
  }
  const timer = setTimeout(() => listening.reject(new Error(`not ready in time:\n${output}`)), readyWithinMs);
  void exited.then(() => listening.reject(new Error(`ended before it listened:\n${output}`)));
  const stop = async () => {
    if (child.exitCode === null) child.kill("SIGTERM");
    await exited;
  };
  try {
    return { url: await listening.promise, output: () => output, stop };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmod } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MongoInstance } from "mongodb-memory-server";
import { findFreePort } from "../free-port.ts";

export interface Launched {
  readonly uri: string;
  stop(): Promise<void>;
}

interface ChildOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly onExit?: ((reason: string) => void) | undefined;
}

const address = "127.0.0.1";
/** A large log takes seconds to read. */
const startMilliseconds = 120_000;
const stopMilliseconds = 10_000;
/** A server whose parent was killed needs a moment to notice; who starts anew in that moment waits so long for it. */
const releaseMilliseconds = 4000;
const retryMilliseconds = 400;
const launcher = fileURLToPath(new URL("./launcher.mjs", import.meta.url));
/** Ends the server when its standard input ends, which it does when the process that started it is gone. */
const ownArguments = ["--end-with-stdin"];

function uriOf(port: number): string {
  return `mongodb://${address}:${port}/`;
}

interface Program {
  readonly binary: { readonly systemBinary: string; readonly version: string };
  readonly folder: string;
  readonly arguments: string[];
  readonly environment: NodeJS.ProcessEnv;
}

async function createInstance(program: Program, port: number): Promise<MongoInstance> {
  return MongoInstance.create({
    instance: {
      port,
      ip: address,
      dbPath: program.folder,
      storageEngine: "wiredTiger",
      launchTimeout: startMilliseconds,
      args: program.arguments,
    },
    binary: program.binary,
    // In a process group of its own: Ctrl-C ends whoever uses the database first, and that one ends the database.
    spawn: { env: { ...program.environment }, detached: true },
  });
}

/** The words for a folder, or a port, that another process still has. */
const isHeld = /in use|DBPathInUse|unable to lock/i;

/** Starts a program that takes mongod's options, through mongodb-memory-server. */
async function launchInstance(program: Program, { onExit }: ChildOptions): Promise<Launched> {
  const deadline = Date.now() + releaseMilliseconds;
  for (;;) {
    const port = await findFreePort();
    try {
      const instance = await createInstance(program, port);
      let isStopping = false;
      instance.mongodProcess?.once("exit", (code, signal) => {
        if (!isStopping) onExit?.(endReason(code, signal));
      });
      return {
        uri: uriOf(port),
        stop: async () => {
          isStopping = true;
          await instance.stop();
        },
      };
    } catch (error) {
      if (!(error instanceof Error && isHeld.test(error.message)) || Date.now() > deadline) throw error;
      await delay(retryMilliseconds);
    }
  }
}

function endReason(code: number | null, signal: string | null): string {
  return signal === null ? `the database ended with code ${code}` : `the database was ended by ${signal}`;
}

/** Starts a real mongod. */
export async function launchMongod(path: string, folder: string, options: ChildOptions): Promise<Launched> {
  const { stdout } = await promisify(execFile)(path, ["--version"]);
  const version = /db version v(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? "8.0.0";
  const binary = { systemBinary: path, version };
  return launchInstance({ binary, folder, arguments: [], environment: options.environment }, options);
}

function nodeEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...environment,
    // The launcher's first line asks the PATH for node: let it be the one that runs now.
    PATH: [dirname(process.execPath), environment.PATH ?? ""].join(delimiter),
    // All data is in memory; half a million messages need more than Node's default.
    NODE_OPTIONS: `${environment.NODE_OPTIONS ?? ""} --max-old-space-size=4096`.trim(),
  };
}

/** Starts the embedded development server: through mongodb-memory-server, on Windows directly. */
export async function launchEmbeddedServer(folder: string, options: ChildOptions): Promise<Launched> {
  const env = nodeEnvironment(options.environment);
  if (process.platform === "win32") return launchDirectly(folder, env, options);
  // An unpacked archive may have lost the mark.
  await chmod(launcher, 0o755).catch(() => undefined);
  const binary = { systemBinary: launcher, version: "8.0.0" };
  return launchInstance({ binary, folder, arguments: ownArguments, environment: env }, options);
}

async function launchDirectly(folder: string, env: NodeJS.ProcessEnv, { onExit }: ChildOptions): Promise<Launched> {
  const port = await findFreePort();
  const child = spawn(
    process.execPath,
    [launcher, "--port", String(port), "--dbpath", folder, "--bind_ip", address, ...ownArguments],
    {
      env,
      stdio: "pipe",
    },
  );
  await untilReady(child);
  let isStopping = false;
  child.once("exit", (code, signal) => {
    if (!isStopping) onExit?.(endReason(code, signal));
  });
  return {
    uri: uriOf(port),
    stop: async () => {
      isStopping = true;
      await endChild(child);
    },
  };
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaint = "";
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error("the server did not start in time"));
    }, startMilliseconds);
    child.stderr?.on("data", (text: Buffer) => {
      complaint += text.toString();
    });
    child.stdout?.on("data", (text: Buffer) => {
      if (!text.toString().includes("waiting for connections")) return;
      clearTimeout(timer);
      resolve();
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(complaint.replace(/^.*EmbeddedServer: /s, "").trim() || `the server ended with code ${code}`));
    });
  });
}

/** The end of its standard input is the request to end; what does not follow it is killed. */
async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdin?.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMilliseconds);
  await ended;
  clearTimeout(timer);
}

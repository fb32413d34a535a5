import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isPortTaken } from "./free-port.ts";

export interface RunningAzurite {
  readonly connectionString: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  readonly processId: number;
  stop(): Promise<void>;
}

/** What a data folder remembers of its Azurite, so that stored addresses and signatures survive a restart. */
interface Identity {
  readonly blobPort: number;
  readonly queuePort: number;
  readonly accountKey: string;
}

interface Attempt {
  readonly child: ChildProcess;
  readonly blobPort: number;
  readonly queuePort: number;
}

const ACCOUNT = "devstoreaccount1";
const CHILD = fileURLToPath(new URL("azurite-child.mjs", import.meta.url));
const START_DEADLINE_MILLISECONDS = 30_000;
const STOP_DEADLINE_MILLISECONDS = 4_000;
/** How long the Azurite of a killed Muse may take to let go of its ports. */
const PORT_PATIENCE_MILLISECONDS = 3_000;

/**
 * Starts Azurite, the storage emulator, as a child process on 127.0.0.1 with its own ports and its own random account
 * key. A data folder keeps both; without one everything is in memory. The child ends when this process does.
 * @throws Error with one line if Azurite does not listen within 30 s.
 */
export async function launchAzurite(options: {
  dataFolder: string | undefined;
  onExit?: (reason: string) => void;
}): Promise<RunningAzurite> {
  const { dataFolder } = options;
  const identity = dataFolder === undefined ? newIdentity() : await readIdentity(dataFolder);
  const blobPort = await waitForPort(identity.blobPort);
  const queuePort = await waitForPort(identity.queuePort);
  const location = dataFolder === undefined ? undefined : join(dataFolder, "azurite");
  const attempt = await start({ blobPort, queuePort, accountKey: identity.accountKey }, location).catch(
    // A port can be taken between the look and the use: once more, on ports that the system chooses.
    () => start({ blobPort: 0, queuePort: 0, accountKey: identity.accountKey }, location),
  );
  let isStopping = false;
  const ended = new Promise<void>((resolve) => {
    attempt.child.once("exit", (code, signal) => {
      if (!isStopping) options.onExit?.(`Azurite ended by itself (${signal ?? `exit code ${code}`}).`);
      resolve();
    });
  });
  if (dataFolder !== undefined) {
    const kept: Identity = {
      blobPort: attempt.blobPort,
      queuePort: attempt.queuePort,
      accountKey: identity.accountKey,
    };
    await writeFile(identityFile(dataFolder), `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  }

  const blobUrl = `http://127.0.0.1:${attempt.blobPort}/${ACCOUNT}`;
  const queueUrl = `http://127.0.0.1:${attempt.queuePort}/${ACCOUNT}`;
  return {
    blobUrl,
    queueUrl,
    processId: attempt.child.pid ?? 0,
    connectionString: [
      "DefaultEndpointsProtocol=http",
      `AccountName=${ACCOUNT}`,
      `AccountKey=${identity.accountKey}`,
      `BlobEndpoint=${blobUrl}`,
      `QueueEndpoint=${queueUrl}`,
    ].join(";"),
    async stop() {
      isStopping = true;
      await endChild(attempt.child, ended);
    },
  };
}

function identityFile(dataFolder: string): string {
  return join(dataFolder, "azurite.json");
}

function newIdentity(): Identity {
  return { blobPort: 0, queuePort: 0, accountKey: randomBytes(64).toString("base64") };
}

async function readIdentity(dataFolder: string): Promise<Identity> {
  await mkdir(dataFolder, { recursive: true });
  try {
    const stored = JSON.parse(await readFile(identityFile(dataFolder), "utf8")) as Partial<Identity>;
    const { blobPort, queuePort, accountKey } = stored;
    if (blobPort !== undefined && queuePort !== undefined && accountKey !== undefined) {
      return { blobPort, queuePort, accountKey };
    }
  } catch {
    // A first start has no such file, and an unreadable one is replaced.
  }
  return newIdentity();
}

async function waitForPort(port: number): Promise<number> {
  if (port === 0) return 0;
  const deadline = Date.now() + PORT_PATIENCE_MILLISECONDS;
  while (await isPortTaken(port)) {
    if (Date.now() > deadline) return 0;
    await delay(100);
  }
  return port;
}

async function start(identity: Identity, location: string | undefined): Promise<Attempt> {
  const child = spawn(
    process.execPath,
    [
      CHILD,
      ...["--blobHost", "127.0.0.1", "--blobPort", String(identity.blobPort)],
      ...["--queueHost", "127.0.0.1", "--queuePort", String(identity.queuePort)],
      // Azurite's entry always starts its table service too; nothing here uses it.
      ...["--tableHost", "127.0.0.1", "--tablePort", "0"],
      ...["--disableTelemetry", "--skipApiVersionCheck", "--silent"],
      ...(location === undefined ? ["--inMemoryPersistence"] : ["--location", location]),
    ],
    {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, AZURITE_ACCOUNTS: `${ACCOUNT}:${identity.accountKey}`, NODE_OPTIONS: "" },
      // Its own process group: Ctrl-C in the terminal must reach Muse first, which still needs its storage to stop.
      detached: process.platform !== "win32",
      windowsHide: true,
    },
  );
  try {
    return { child, ...(await listeningPorts(child)) };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

function listeningPorts(child: ChildProcess): Promise<{ blobPort: number; queuePort: number }> {
  return new Promise((resolve, reject) => {
    let output = "";
    const portOf = (service: string) =>
      Number(
        new RegExp(`Azurite ${service} service is successfully listening at http://[^\\s]*:(\\d+)`).exec(output)?.[1],
      );
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new Error(`Azurite did not start: ${reason}`));
    };
    const timer = setTimeout(
      () => fail(`no answer in ${START_DEADLINE_MILLISECONDS / 1000} s.`),
      START_DEADLINE_MILLISECONDS,
    );
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      // The table service is the last to start: Azurite handles signals only after it.
      if (Number.isNaN(portOf("Table"))) return;
      clearTimeout(timer);
      // What it writes from now on is of no use, but a full pipe would stop it.
      for (const stream of [child.stdout, child.stderr]) {
        stream?.off("data", read);
        stream?.resume();
      }
      resolve({ blobPort: portOf("Blob"), queuePort: portOf("Queue") });
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(lastLine(output) ?? `exit code ${code}`));
  });
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1) || undefined;
}

async function endChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MILLISECONDS);
  await ended;
  clearTimeout(timer);
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { lockDataFolder } from "./data-folder-lock.ts";
import { findFreePort, isPortTaken } from "./free-port.ts";
import type { RunningHost } from "./host/host.ts";
import type { HostLog } from "./host/rpc-types.ts";
import { launchServices, type RunningServices } from "./services-launcher.ts";
import { applyLocalSettings, type SettingOrigin } from "./settings.ts";

const museFolder = resolve(fileURLToPath(new URL("../..", import.meta.url)));

export interface StackOptions {
  /** Has host.json, package.json with "main", and the settings files. */
  readonly appFolder: string;
  /** Undefined or 0: any free one. */
  readonly port?: number | undefined;
  /** Undefined: nothing is kept, the database and the storage are in memory. */
  readonly dataFolder?: string | undefined;
  /** Given if the settings files are applied already: where each setting came from. */
  readonly origins?: ReadonlyMap<string, SettingOrigin>;
  /** Goes before the settings files and over what the environment holds. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly log?: HostLog;
  /** The database or the storage ended by itself. */
  readonly onExit?: (reason: string) => void;
}

export interface RunningStack extends Omit<RunningServices, "stop"> {
  readonly url: string;
  /** Address of the simulated Stripe, unless a real one is configured. */
  readonly stripeUrl: string | undefined;
  readonly functions: RunningHost["functions"];
  stop(): Promise<void>;
}

/**
 * Starts the whole product: settings, database, storage and the host with the app in this process. `npm start` and the
 * tests use it alike. The environment is the process's own, so there can be one stack a process.
 * @throws Error with one line that names what is wrong; what was already started is stopped then.
 */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const { appFolder, log = writeLog, onExit = () => undefined } = options;
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    Object.assign(process.env, options.environment);
    const origins = options.origins ?? applyLocalSettings(appFolder, process.env);
    const port = options.port || (await findFreePort());
    // Looked at first: it is the one mistake that everybody makes, and the answer should come at once.
    if (await isPortTaken(port)) throw new Error(`Port ${port} is taken: set PORT to another one.`);
    const folder = await openDataFolder(options.dataFolder, undo);
    const launching = launchServices({
      dataFolder: options.dataFolder === undefined ? undefined : folder,
      origins,
      onExit,
    });
    // The host's modules load while the services start.
    const [{ startHost }, { migrateAtStart }] = await Promise.all([
      import("./host/host.ts"),
      import("./migrate-at-start.ts"),
    ]);
    const services = await launching;
    undo.push(services.stop);
    // Another app's database is its own business.
    if (resolve(appFolder) === museFolder) await migrateAtStart(services.mongoUri);
    process.env.PUBLIC_BASE_URL ||= `http://127.0.0.1:${port}`;
    process.env.CACHE_DIR ||= join(folder, "cache");
    const stripe = resolve(appFolder) === museFolder ? await openStripe(options, folder, port) : null;
    if (stripe !== null) undo.push(stripe.stop);
    const host = await startHost({
      appFolder,
      port,
      storageConnectionString: services.storageConnectionString,
      isProduction: process.env.NODE_ENV === "production",
      stateFolder: join(folder, "host"),
      log,
    });
    undo.push(host.stop);
    return { ...services, url: host.url, stripeUrl: stripe?.url, functions: host.functions, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openStripe({ dataFolder }: StackOptions, folder: string, port: number) {
  const { launchStripe } = await import("./simulated/stripe/launch.ts");
  return launchStripe({
    dataFolder: dataFolder === undefined ? undefined : folder,
    museUrl: `http://127.0.0.1:${port}`,
  });
}

/** Locks the folder, or makes one that is thrown away at the end. */
async function openDataFolder(dataFolder: string | undefined, undo: (() => Promise<void> | void)[]): Promise<string> {
  if (dataFolder === undefined) {
    const folder = await mkdtemp(join(tmpdir(), "muse-"));
    undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
    return folder;
  }
  const folder = resolve(dataFolder);
  undo.push(await lockDataFolder(folder));
  return folder;
}

/** Writes the host's log to the terminal: complaints to the error output. */
export function writeLog(level: Parameters<HostLog>[0], message: string): void {
  if (level === "info") process.stdout.write(`${message}\n`);
  else process.stderr.write(`${level}: ${message}\n`);
}

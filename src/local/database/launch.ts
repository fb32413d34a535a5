import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Launched, launchEmbeddedServer, launchMongod } from "./child-process.ts";
import { findMongod } from "./mongod.ts";

export interface RunningDatabase {
  readonly uri: string;
  /** What was chosen and where its data is, for the line that `npm start` prints. */
  readonly description: string;
  stop(): Promise<void>;
}

interface LaunchOptions {
  /** Where the data stays over restarts; undefined for a temporary folder that `stop` removes. */
  readonly dataFolder: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** The database's process ended without having been asked to. */
  readonly onExit?: ((reason: string) => void) | undefined;
}

/**
 * Gives a MongoDB to work with, the first of: `MONGODB_URI`; the program in `MONGOMS_SYSTEM_BINARY`; a mongod on the
 * PATH or in mongodb-memory-server's cache; mongod from its download; the embedded development server. Under
 * `NODE_ENV=production` only the first. Throws an Error of one line if the chosen one does not start.
 */
export async function launchDatabase(options: LaunchOptions): Promise<RunningDatabase> {
  const { environment } = options;
  const uri = environment.MONGODB_URI;
  if (uri !== undefined && uri !== "")
    return { uri, description: "the server of MONGODB_URI", stop: async () => undefined };
  if (environment.NODE_ENV === "production") throw new Error("MONGODB_URI has to be set when NODE_ENV is production");
  const mongod = await findMongod(environment);
  if (mongod === undefined) return launchEmbedded(options);
  return inFolder(options, "mongod", `mongod (${mongod.origin})`, (folder) =>
    launchMongod(mongod.path, folder, options),
  );
}

/** Starts the embedded development server, whatever else there is. */
export function launchEmbedded(options: LaunchOptions): Promise<RunningDatabase> {
  return inFolder(options, "embedded", "embedded development server", (folder) =>
    launchEmbeddedServer(folder, options),
  );
}

/** Each kind of server has its own folder, since none can read another's files. */
async function inFolder(
  options: LaunchOptions,
  kind: string,
  name: string,
  launch: (folder: string) => Promise<Launched>,
): Promise<RunningDatabase> {
  const isTemporary = options.dataFolder === undefined;
  const base = options.dataFolder ?? (await mkdtemp(join(tmpdir(), "muse-database-")));
  const folder = join(base, kind);
  await mkdir(folder, { recursive: true });
  const removeTemporary = async (): Promise<void> => {
    if (isTemporary) await rm(base, { recursive: true, force: true });
  };
  try {
    const { uri, stop } = await launch(folder);
    return {
      uri,
      description: `${name} (data in ${isTemporary ? "a temporary folder" : folder})`,
      stop: async () => {
        await stop();
        await removeTemporary();
      },
    };
  } catch (error) {
    await removeTemporary();
    throw new Error(`the database (${name}) did not start: ${reasonOf(error)}`, { cause: error });
  }
}

/** mongodb-memory-server puts the server's own words on the last line of its message. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split("\n").at(-1) ?? message;
}

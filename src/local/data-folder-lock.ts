import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";

interface LockFile {
  readonly port: number;
  readonly token: string;
}

const PROBE_MILLISECONDS = 2000;

/**
 * Claims a data folder for this process. The lock is a file that names a port of 127.0.0.1 where its holder answers with
 * the file's token: what a killed Muse left behind answers nothing, and a process id that was used again deceives nobody.
 * @returns the function that gives the folder free again
 * @throws Error with one line if a running Muse holds it.
 */
export async function lockDataFolder(dataFolder: string): Promise<() => void> {
  mkdirSync(dataFolder, { recursive: true });
  const file = join(dataFolder, "muse.lock");
  const token = randomUUID();
  const server = createServer((socket) => socket.on("error", () => undefined).end(token));
  const lock: LockFile = { port: await listen(server), token };
  if (!(await claim(file, lock))) {
    server.close();
    throw new Error(`The data folder ${dataFolder} is used by a running Muse: set MUSE_DATA_DIR to another one.`);
  }
  return () => {
    server.close();
    if (readLock(file)?.token === token) rmSync(file, { force: true });
  };
}

async function claim(file: string, lock: LockFile): Promise<boolean> {
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify(lock), { flag: "wx" });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = readLock(file);
    if (holder !== undefined && (await isAlive(holder))) return false;
    // Only what was looked at is removed: another start may have claimed the folder in between.
    if (readLock(file)?.token === holder?.token) rmSync(file, { force: true });
  }
}

function readLock(file: string): LockFile | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as LockFile;
  } catch {
    return undefined;
  }
}

function isAlive({ port, token }: LockFile): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ host: "127.0.0.1", port });
    socket.setTimeout(PROBE_MILLISECONDS, () => socket.destroy());
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer === token));
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

import { execFile } from "node:child_process";
import { lookup } from "node:dns/promises";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DryMongoBinary } from "mongodb-memory-server";

const run = promisify(execFile);

const probeMilliseconds = 1500;
/** A mongod is about 100 MB; whoever waits longer than this is better served by the embedded server. */
const downloadMilliseconds = 120_000;

interface Mongod {
  readonly path: string;
  /** Where it was found, in words. */
  readonly origin: string;
}

/** The mongod to use, or undefined if there is none to be had. Never throws for want of one. */
export async function findMongod(environment: NodeJS.ProcessEnv): Promise<Mongod | undefined> {
  const given = environment.MONGOMS_SYSTEM_BINARY;
  if (given !== undefined && given !== "") return { path: given, origin: "MONGOMS_SYSTEM_BINARY" };
  const onPath = await findOnPath(environment);
  if (onPath !== undefined) return { path: onPath, origin: "on the PATH" };
  const cached = await DryMongoBinary.locateBinary({ version: "" }).catch(() => undefined);
  if (cached !== undefined) return { path: cached, origin: "in mongodb-memory-server's cache" };
  const downloaded = await download(environment);
  return downloaded === undefined ? undefined : { path: downloaded, origin: "downloaded by mongodb-memory-server" };
}

async function findOnPath(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const name = process.platform === "win32" ? "mongod.exe" : "mongod";
  for (const folder of (environment.PATH ?? environment.Path ?? "").split(delimiter)) {
    const candidate = join(folder, name);
    if (folder !== "" && (await isExecutable(candidate))) return candidate;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Without the name of the download's host there is no use in waiting for its time-outs. */
async function canResolve(host: string): Promise<boolean> {
  const controller = new AbortController();
  const deadline = new Promise<boolean>((resolve) => {
    const timer = setTimeout(resolve, probeMilliseconds, false);
    controller.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  const answer = lookup(host).then(
    () => true,
    () => false,
  );
  const result = await Promise.race([answer, deadline]);
  controller.abort();
  return result;
}

function downloadHost(environment: NodeJS.ProcessEnv): string {
  const address =
    environment.MONGOMS_DOWNLOAD_URL ?? environment.MONGOMS_DOWNLOAD_MIRROR ?? "https://fastdl.mongodb.org";
  return URL.canParse(address) ? new URL(address).hostname : address;
}

async function download(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (["false", "0", "no"].includes((environment.MONGOMS_RUNTIME_DOWNLOAD ?? "").toLowerCase())) return undefined;
  if (!(await canResolve(downloadHost(environment)))) return undefined;
  const script = fileURLToPath(new URL("./download-mongod.mjs", import.meta.url));
  try {
    const { stdout } = await run(process.execPath, [script], {
      env: { ...environment, MONGOMS_MAX_RETRIES: "1" },
      timeout: downloadMilliseconds,
    });
    return stdout.trim().split("\n").at(-1);
  } catch {
    return undefined;
  }
}

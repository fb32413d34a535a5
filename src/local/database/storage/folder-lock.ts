import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const fileName = "embedded-server.lock";

interface Holder {
  readonly pid: number;
  /** Distinguishes a process from a later one that got the same number; undefined where the system does not tell. */
  readonly started: string | undefined;
}

/** The start time of a process in clock ticks since boot, from field 22 of /proc/<pid>/stat (proc(5)); Linux only. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return holder.started === undefined || startTime(holder.pid) === holder.started;
}

function readHolder(path: string): Holder | undefined {
  try {
    const [pid, started] = readFileSync(path, "utf8").split("\n");
    return { pid: Number(pid), started: started === "" ? undefined : started };
  } catch {
    return undefined;
  }
}

/**
 * Takes the folder for this process and answers how to give it back. Throws if a living process holds it; what a dead
 * one left behind is taken over.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, fileName);
  const own = `${process.pid}\n${startTime(process.pid) ?? ""}`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(path, own, { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) {
      throw new Error(`the data folder ${folder} is in use by another server (process ${holder.pid})`);
    }
    rmSync(path, { force: true });
  }
  throw new Error(`the data folder ${folder} could not be locked`);
}

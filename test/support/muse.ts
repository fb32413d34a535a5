import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { findFreePort } from "../../src/local/free-port.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readyWithinMs = 60_000;

export interface RunningMuse {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything that it has printed so far. */
  output(): string;
  /** As Ctrl-C does. @returns the exit code */
  stop(): Promise<number | null>;
  /** SIGKILL, as a crash: nothing is cleaned up. */
  kill(): Promise<void>;
}

/** Starts the whole product as `npm start` does, as a process of its own, and waits until it says that it is ready. */
export async function startMuse(options: {
  environment?: Readonly<Record<string, string>>;
  dataFolder: string;
  port?: number;
}): Promise<RunningMuse> {
  const port = options.port ?? (await findFreePort());
  const child = spawn(process.execPath, ["src/local/start.ts"], {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: "development",
      npm_lifecycle_event: "",
      PORT: String(port),
      MUSE_DATA_DIR: options.dataFolder,
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ready = Promise.withResolvers<string>();
  const read = (text: Buffer) => {
    output += text.toString();
    const url = /Muse is ready: (\S+)/.exec(output)?.[1];
    if (url !== undefined) ready.resolve(url);
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  const exited = once(child, "exit");
  const timer = setTimeout(() => ready.reject(new Error(`Muse was not ready in time:\n${output}`)), readyWithinMs);
  void exited.then(() => ready.reject(new Error(`Muse ended before it was ready:\n${output}`)));
  try {
    const url = await ready.promise;
    return {
      url,
      process: child,
      output: () => output,
      stop: async () => {
        if (child.exitCode === null) child.kill("SIGINT");
        await exited;
        return child.exitCode;
      },
      kill: async () => {
        child.kill("SIGKILL");
        await exited;
      },
    };
  } finally {
    clearTimeout(timer);
  }
}

import { fork } from "node:child_process";
import type { FunctionSummary } from "../../../../src/local/host/listener.ts";
import { createFixtureApp, HOST_PROCESS } from "./fixture-app.ts";

export interface HostUnderTest {
  readonly url: string;
  readonly functions: readonly FunctionSummary[];
  /** What the host has logged and the app has printed so far, line by line. */
  readonly lines: string[];
  /** Asks it to stop and waits until it has. Gives the milliseconds that it took. */
  stop(): Promise<number>;
}

interface HostMessage {
  readonly log?: string;
  readonly ready?: { url: string; functions: readonly FunctionSummary[] };
  readonly failed?: string;
}

export interface RunHostOptions {
  readonly main: string;
  readonly hostJson?: object;
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly storageConnectionString?: string;
  readonly stateFolder?: string;
  readonly functionKey?: string;
  readonly queueLeaseSeconds?: number;
}

/** Starts a host with a fixture app in a child process. Rejects with the message that start-up failed with. */
export async function runHost(options: RunHostOptions): Promise<HostUnderTest> {
  const { environment, main, hostJson = {}, files = {}, ...hostOptions } = options;
  const app = createFixtureApp({ main, hostJson, files });
  const settings = { storageConnectionString: "UseDevelopmentStorage=true", ...hostOptions };
  const child = fork(HOST_PROCESS, [JSON.stringify({ ...settings, appFolder: app.folder, port: 0 })], {
    env: { ...process.env, NODE_OPTIONS: "", ...environment },
    silent: true,
  });
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    output?.on("data", (chunk: Buffer) => lines.push(...chunk.toString().split("\n").filter(Boolean)));
  }
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const removed = ended.then(app.remove);
  let failure: string | undefined;
  const ready = await new Promise<NonNullable<HostMessage["ready"]>>((resolve, reject) => {
    child.on("message", (message: HostMessage) => {
      if (message.log !== undefined) lines.push(message.log);
      if (message.ready !== undefined) resolve(message.ready);
      if (message.failed === undefined) return;
      failure = message.failed;
      child.disconnect();
    });
    void removed.then(() => reject(new Error(failure ?? `The host's process ended: ${lines.join("\n")}`)));
  });
  return {
    ...ready,
    lines,
    async stop() {
      const since = Date.now();
      if (child.connected) child.send({ stop: true });
      await removed;
      return Date.now() - since;
    },
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { findFreePort } from "../../../../src/local/free-port.ts";
import { START_SCRIPT } from "./fixture-app.ts";
import { waitFor } from "./wait-for.ts";

export interface StartUnderTest {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
  /** All that it has printed so far. */
  output(): string;
  /** Resolves with the exit code, or the name of the signal, once it has ended. */
  readonly ended: Promise<number | string>;
  /** Resolves once it has said that it is ready, in the words of `npm start` or in others. */
  ready(words?: string): Promise<StartUnderTest>;
}

/** No server answers here; nothing in these tests asks one. */
const NO_DATABASE = "mongodb://someone:hidden@127.0.0.1:9/none";

/** Runs what `npm start` runs, on a fixture app. */
export async function runStart(
  appFolder: string,
  environment: Readonly<Record<string, string>> = {},
  command: readonly [string, ...string[]] = [process.execPath, START_SCRIPT, appFolder],
): Promise<StartUnderTest> {
  const port = Number(environment.PORT ?? (await findFreePort()));
  const [program, ...parameters] = command;
  const child = spawn(program, parameters, {
    cwd: appFolder,
    env: { ...cleanEnvironment(), MONGODB_URI: NO_DATABASE, ...environment, PORT: environment.PORT ?? String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "gone"));
  });
  const start: StartUnderTest = {
    child,
    port,
    url: `http://127.0.0.1:${port}`,
    output: () => printed,
    ended,
    async ready(words = "Muse is ready") {
      await waitFor(() => {
        if (child.exitCode !== null) throw new Error(`It ended: ${printed}`);
        return printed.includes(words);
      }, "the line that it is ready");
      return start;
    },
  };
  return start;
}

/** This process may itself run under npm, with settings of its own. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const hidden = /^(npm_|MUSE_|AzureWebJobs|PUBLIC_BASE_URL$|CACHE_DIR$|NODE_ENV$|VITEST)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.test(name)));
}

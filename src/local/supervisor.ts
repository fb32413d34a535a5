import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export interface Supervisor {
  /** Says the reason in one line, stops everything and ends the process with exit code 1. */
  fail(reason: string): void;
}

/** All of it has to be over within 8 s. */
const STOP_DEADLINE_MILLISECONDS = 7500;
/** npm passes Ctrl-C on to a process that the terminal has told already: only a later one is a second Ctrl-C. */
const SECOND_SIGNAL_AFTER_MILLISECONDS = 500;
const ORPHAN_CHECK_MILLISECONDS = 500;
/** How long a child's end may be ahead of the signal that ended both. */
const SIGNAL_PATIENCE_MILLISECONDS = 100;

/**
 * Watches over a process that owns others: Ctrl-C, SIGTERM and a closed terminal stop it in good order (exit code 0), a
 * second Ctrl-C ends it at once, and so does a stop that takes longer than 7.5 s. If npm is killed, this process stops too.
 */
export function superviseProcess(stop: () => Promise<void>): Supervisor {
  let stoppingSince: number | undefined;
  const end = async (exitCode: number) => {
    stoppingSince = Date.now();
    setTimeout(() => process.exit(exitCode), STOP_DEADLINE_MILLISECONDS);
    await stop().catch((error: unknown) => complain(oneLine(error)));
    process.exit(exitCode);
  };
  const onSignal = () => {
    if (stoppingSince === undefined) void end(0);
    else if (Date.now() - stoppingSince > SECOND_SIGNAL_AFTER_MILLISECONDS) process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  // The real worker would end here and be started anew by its host. This process also holds the host, so it goes on.
  process.on("uncaughtException", (error: unknown) => {
    const stack = error instanceof Error ? error.stack : String(error);
    complain(`Nothing caught this, and the real worker process would have ended: ${stack}`);
  });
  // A reader of the output that went away (`npm start | head`) is no reason to end, nor to complain to nobody for ever.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => undefined);
  watchParents(() => stoppingSince === undefined && void end(0));
  return {
    fail(reason) {
      void delay(SIGNAL_PATIENCE_MILLISECONDS).then(() => {
        if (stoppingSince !== undefined) return;
        complain(reason);
        void end(1);
      });
    },
  };
}

/** An error's message on one line. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error && error.message !== "" ? error.message : String(error);
  return message.replaceAll(/\s*\n\s*/g, " ");
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** npm runs a script through a shell: a killed npm leaves that shell alive, and only its own parent changes. */
function watchParents(onOrphaned: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const before = ancestry();
  setInterval(() => {
    if (ancestry() !== before) onOrphaned();
  }, ORPHAN_CHECK_MILLISECONDS).unref();
}

/** The parent and, where the system tells, the parent of a shell in between. */
function ancestry(): string {
  const parent = process.ppid;
  try {
    const status = readFileSync(`/proc/${parent}/status`, "utf8");
    const isShell = /^Name:\t\w*sh$/m.test(status);
    return `${parent} ${isShell ? /^PPid:\t(\d+)$/m.exec(status)?.[1] : ""}`;
  } catch {
    return `${parent}`;
  }
}

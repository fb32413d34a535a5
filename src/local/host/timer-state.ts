import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** When a timer ran last, and when it was last looked at. ISO times. */
export interface TimerStatus {
  readonly last?: string;
  readonly next: string;
  readonly last_updated: string;
}

export interface TimerStates {
  read(name: string): TimerStatus | undefined;
  write(name: string, status: TimerStatus): void;
}

/** Keeps the timers' states in `timers.json` of a folder, or in memory without one. */
export function openTimerStates(folder: string | undefined): TimerStates {
  const file = folder === undefined ? undefined : join(folder, "timers.json");
  const states = new Map<string, TimerStatus>(Object.entries(readStates(file)));
  return {
    read: (name) => states.get(name),
    write(name, status) {
      states.set(name, status);
      if (file === undefined || folder === undefined) return;
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${file}.new`, `${JSON.stringify(Object.fromEntries(states), null, 2)}\n`);
      renameSync(`${file}.new`, file);
    },
  };
}

function readStates(file: string | undefined): Record<string, TimerStatus> {
  if (file === undefined) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, TimerStatus>;
  } catch {
    // A first start has no such file. A damaged one costs one missed run, as the loss of the real host's blob would.
    return {};
  }
}

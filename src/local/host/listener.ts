import type { RegisteredFunction } from "./core-api.ts";
import type { Invocations } from "./invocations.ts";
import type { Binding, HostLog } from "./rpc-types.ts";

export interface FunctionSummary {
  readonly name: string;
  readonly kind: "http" | "queue" | "timer";
  readonly detail: string;
}

/** What runs a function that is not an HTTP one. */
export interface Listener {
  readonly summary: FunctionSummary;
  start(): void;
  /** One run now, asked for by the admin endpoint. Never throws. */
  runOnce(input: string | undefined): Promise<void>;
  /** Takes on nothing new, and resolves when what runs is over. */
  stop(): Promise<void>;
  /** Lets go of what still runs: the host ends. */
  abandon(): void;
}

/** A function and the trigger that a listener serves. */
export interface Triggered {
  readonly target: RegisteredFunction;
  readonly triggerName: string;
  readonly trigger: Binding;
  readonly invocations: Invocations;
  readonly log: HostLog;
}

import Module from "node:module";
import type {
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  HookName,
  HostLog,
  LogLevel,
  ProgrammingModel,
} from "./rpc-types.ts";

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/** What the app has told the worker so far. */
export interface Registry {
  readonly functions: Map<string, RegisteredFunction>;
  readonly hooks: Readonly<Record<HookName, HookCallback[]>>;
  readonly models: Set<ProgrammingModel>;
  /** True once a copy of `@azure/functions` was asked for HTTP streaming. */
  isStreamingAskedFor: boolean;
  /** True once the app is loaded: the real worker refuses registrations from then on. */
  isLocked: boolean;
}

const CORE_MODULE = "@azure/functions-core";
/** The real host's rule for a function's name. */
const FUNCTION_NAME = /^[a-z][a-z0-9_-]{0,127}$/i;

export function createRegistry(): Registry {
  return {
    functions: new Map(),
    hooks: { appStart: [], appTerminate: [], preInvocation: [], postInvocation: [], log: [] },
    models: new Set(),
    isStreamingAskedFor: false,
    isLocked: false,
  };
}

/**
 * Supplies `@azure/functions-core` to whatever requires it, in the way of the real worker (its own patch of `require`).
 * Returns the function that takes it away again.
 */
export function supplyCoreModule(registry: Registry, log: HostLog): () => void {
  const core = createCoreApi(registry, log);
  const original = Module.prototype.require;
  Module.prototype.require = Object.assign(function (this: NodeJS.Module, id: string): unknown {
    return id === CORE_MODULE ? core : original.call(this, id);
  }, original);
  return () => {
    Module.prototype.require = original;
  };
}

class Disposable {
  readonly #dispose: () => void;
  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }
  dispose(): void {
    this.#dispose();
  }
}

function createCoreApi(registry: Registry, log: HostLog) {
  return {
    version: "3.11.0",
    hostVersion: "4.1040.0",
    Disposable,
    setProgrammingModel(model: ProgrammingModel) {
      registry.models.add(model);
    },
    getProgrammingModel: () => [...registry.models].at(-1),
    registerFunction(metadata: FunctionMetadata, callback: FunctionCallback) {
      if (registry.isLocked) throw new Error("A function can only be registered during app startup.");
      const { name } = metadata;
      if (!FUNCTION_NAME.test(name)) throw new Error(`"${name}" is not a valid function name.`);
      const key = name.toLowerCase();
      if (registry.functions.has(key)) throw new Error(`A function with the name "${name}" was registered twice.`);
      registry.functions.set(key, { metadata, callback });
      return new Disposable(() => registry.functions.delete(key));
    },
    registerHook(name: string, callback: HookCallback) {
      const callbacks = registry.hooks[name as HookName];
      if (callbacks === undefined) throw new RangeError(`Unrecognized hook "${name}"`);
      callbacks.push(callback);
      return new Disposable(() => {
        const index = callbacks.indexOf(callback);
        if (index >= 0) callbacks.splice(index, 1);
      });
    },
    log(level: LogLevel, category: string, message: string) {
      if (message === "HTTP streaming enabled.") registry.isStreamingAskedFor = true;
      forwardLog(log, level, category, message);
    },
  };
}

/** What lies below the host's default level is dropped, and of the library's own lines all but the complaints. */
export function forwardLog(log: HostLog, level: LogLevel, category: string, message: string): void {
  if (level === "information" && category === "user") log("info", message);
  if (level === "warning") log("warn", message);
  if (level === "error" || level === "critical") log("error", message);
}

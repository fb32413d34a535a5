/**
 * The local function host: runs the built app on a laptop without Azure Functions Core Tools. It is a development tool and
 * mimics the real host and worker where an app can tell the difference: HTTP with streaming, storage-queue triggers and
 * timer triggers. The real one is `func start` of Azure Functions Core Tools; where that is installed, run
 * `npm run services` for a database and storage, put the two settings that it prints into local.settings.json, and start
 * `func start` in the same folder.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type LoadedApp, loadApp } from "./app-loader.ts";
import type { RegisteredFunction } from "./core-api.ts";
import { type Front, startFront } from "./front.ts";
import type { HttpFunction, InvocationEnd } from "./front-messages.ts";
import { type HostConfiguration, readHostConfiguration } from "./host-configuration.ts";
import { describeHttpFunction } from "./http-functions.ts";
import { createInvocations, describeFailure, type Invocations } from "./invocations.ts";
import type { FunctionSummary, Listener } from "./listener.ts";
import { createQueueListener } from "./queue-listener.ts";
import { sendQueueOutputs } from "./queue-outputs.ts";
import type { Binding, HostLog, InvocationRequest } from "./rpc-types.ts";
import { createStorageQueues } from "./storage-queues.ts";
import { createTimerListener } from "./timer-listener.ts";
import { openTimerStates } from "./timer-state.ts";

export interface RunningHost {
  readonly url: string;
  readonly functions: readonly FunctionSummary[];
  stop(): Promise<void>;
}

export interface HostOptions {
  /** Has host.json, and package.json with "main". */
  readonly appFolder: string;
  /** 0: any free one. */
  readonly port: number;
  readonly storageConnectionString: string;
  readonly isProduction?: boolean;
  /** The key that functions of authLevel "function" ask for. Without one every key is accepted, as in Core Tools. */
  readonly functionKey?: string;
  /** Where the timers' last runs are kept. Without one a missed run is not noticed. */
  readonly stateFolder?: string;
  /**
   * For how long a running queue message stays hidden before it must be renewed, in seconds. The real host takes 600, so
   * that a message of a killed host is away for 10 minutes: 30 here.
   */
  readonly queueLeaseSeconds?: number;
  readonly log: HostLog;
}

/** How long running invocations are awaited at the end; the real worker does not wait for them at all. */
const GRACE_MILLISECONDS = 5000;
const DEFAULT_LEASE_SECONDS = 30;

let isRunning = false;

/**
 * Loads the app into this process and serves its functions on 127.0.0.1. One host a process, and once: what an app's
 * modules registered cannot be registered again.
 * @throws what the app throws while it loads, or an Error with one line that names the setting or function that is wrong.
 */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  if (isRunning) throw new Error("A host is already running in this process.");
  isRunning = true;
  try {
    return await startOnlyHost(options);
  } catch (error) {
    isRunning = false;
    throw error;
  }
}

async function startOnlyHost(options: HostOptions): Promise<RunningHost> {
  const { log, isProduction = false } = options;
  process.env.AZURE_FUNCTIONS_ENVIRONMENT ??= isProduction ? "Production" : "Development";
  const configuration = readHostConfiguration(options.appFolder, isProduction);
  const front = startFront();
  let app: LoadedApp | undefined;
  try {
    app = await loadApp(options.appFolder, log);
    return await serve(app, { ...options, configuration, front });
  } catch (error) {
    app?.unload();
    await front.end();
    throw error;
  }
}

async function serve(
  app: LoadedApp,
  options: HostOptions & { readonly configuration: HostConfiguration; readonly front: Front },
): Promise<RunningHost> {
  const { configuration, front, log } = options;
  const queues = createStorageQueues(options.storageConnectionString);
  const invocations = createInvocations(app, configuration.functionTimeoutMilliseconds, log, (metadata, response) =>
    sendQueueOutputs(metadata, response, queues, configuration.queues.messageEncoding),
  );
  const { httpFunctions, listeners } = describeFunctions(app, { ...options, configuration, invocations, queues });
  const functions = [...httpFunctions.map(summarize), ...listeners.map(({ summary }) => summary)];
  const url = await front.open(
    {
      port: options.port,
      httpFunctions,
      functions,
      httpUri: app.httpUri?.href,
      functionKey: options.functionKey,
    },
    {
      invoke: (name, request, invocationId) => invokeByName(app, invocations, { name, request, invocationId }),
      run: (name, input) => void listeners.find(({ summary }) => summary.name === name)?.runOnce(input),
      log,
    },
  );
  for (const listener of listeners) listener.start();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    front.close();
    const stopping = Promise.all(listeners.map((listener) => listener.stop()));
    const [left] = await Promise.all([
      invocations.drain(GRACE_MILLISECONDS),
      Promise.race([stopping, delay(GRACE_MILLISECONDS, undefined, { ref: false })]),
    ]);
    if (left.length > 0) log("warn", `Still running, and let go: ${left.join(", ")}`);
    for (const listener of listeners) listener.abandon();
    for (const hook of app.registry.hooks.appTerminate) await hook({ hookData: {} });
    await front.end();
    app.unload();
    isRunning = false;
  };
  return {
    url,
    functions,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Runs one function for the front, which is told how it ended and never gets to see an Error. */
async function invokeByName(
  app: LoadedApp,
  invocations: Invocations,
  wanted: { readonly name: string; readonly request: InvocationRequest; readonly invocationId: string },
): Promise<InvocationEnd> {
  const target = app.registry.functions.get(wanted.name.toLowerCase());
  if (target === undefined) return { failure: "there is no such function" };
  try {
    const { result, response } = await invocations.invoke(target, wanted.request, wanted.invocationId);
    return { hasResult: result !== null && result !== undefined, http: response.returnValue?.http };
  } catch (error) {
    return { failure: describeFailure(error) };
  }
}

interface Surroundings extends HostOptions {
  readonly configuration: HostConfiguration;
  readonly invocations: Invocations;
  readonly queues: ReturnType<typeof createStorageQueues>;
}

/** Sorts the app's functions by name, as the real host does, and by the kind of their trigger. */
function describeFunctions(
  app: LoadedApp,
  surroundings: Surroundings,
): { httpFunctions: HttpFunction[]; listeners: Listener[] } {
  const { configuration, invocations, queues, log } = surroundings;
  const states = openTimerStates(surroundings.stateFolder);
  const httpFunctions: HttpFunction[] = [];
  const listeners: Listener[] = [];
  const byName = [...app.registry.functions].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [, target] of byName) {
    const [triggerName, trigger] = findTrigger(target);
    const triggered = { target, triggerName, trigger, invocations, log };
    switch (trigger.type.toLowerCase()) {
      case "httptrigger":
        httpFunctions.push(describeHttpFunction(target, triggerName, trigger, configuration));
        break;
      case "queuetrigger": {
        const leaseSeconds = surroundings.queueLeaseSeconds ?? DEFAULT_LEASE_SECONDS;
        listeners.push(createQueueListener(triggered, queues, configuration.queues, leaseSeconds));
        break;
      }
      case "timertrigger":
        listeners.push(createTimerListener(triggered, states));
        break;
      default:
        throw unsupported(target, trigger);
    }
  }
  return { httpFunctions, listeners };
}

function findTrigger(target: RegisteredFunction): [string, Binding] {
  const bindings = Object.entries(target.metadata.bindings);
  const trigger = bindings.find(([, binding]) => /trigger$/i.test(binding.type));
  if (trigger === undefined) throw new Error(`The function ${target.metadata.name} has no trigger.`);
  for (const [name, binding] of bindings) {
    const isKnown = binding.direction === "out" && ["http", "queue"].includes(binding.type);
    if (name !== trigger[0] && !isKnown) throw unsupported(target, binding);
  }
  return trigger;
}

function unsupported(target: RegisteredFunction, binding: Binding): Error {
  const { name } = target.metadata;
  return new Error(
    `The function ${name} has a binding "${binding.type}", which the local host does not serve: use \`func start\`.`,
  );
}

function summarize({ name, methods, path }: HttpFunction): FunctionSummary {
  return { name, kind: "http", detail: `${methods.join(",") || "ANY"} ${path}` };
}

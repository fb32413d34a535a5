import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { LoadedApp } from "./app-loader.ts";
import { forwardLog, type RegisteredFunction } from "./core-api.ts";
import type {
  CoreContext,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  HostLog,
  InvocationRequest,
  InvocationResponse,
} from "./rpc-types.ts";

export interface InvocationOutcome {
  /** What the handler (or a postInvocation hook after it) gave back. */
  readonly result: unknown;
  readonly response: InvocationResponse;
}

/** Runs functions one by one as the real worker does, and knows which are still running. */
export interface Invocations {
  /**
   * Runs one function with its hooks.
   * @throws what the function threw, or an Error after host.json's functionTimeout (the function itself goes on).
   */
  invoke(target: RegisteredFunction, request: InvocationRequest, invocationId?: string): Promise<InvocationOutcome>;
  /** Resolves when nothing runs any more, or after the time given, with the names of the functions that still run. */
  drain(milliseconds: number): Promise<string[]>;
}

/** @param sendOutputs writes a function's output bindings; it is called only after the function has succeeded */
export function createInvocations(
  app: LoadedApp,
  functionTimeoutMilliseconds: number,
  log: HostLog,
  sendOutputs: (metadata: FunctionMetadata, response: InvocationResponse) => Promise<void>,
): Invocations {
  const running = new Map<Promise<unknown>, string>();
  const appHookData = {};
  return {
    async invoke(target, request, invocationId = randomUUID()) {
      const invocation = (async () => {
        const outcome = await runInvocation(app, target, { invocationId, request, appHookData, log });
        await sendOutputs(target.metadata, outcome.response);
        return outcome;
      })();
      const settled: Promise<unknown> = invocation
        .catch(() => undefined)
        .finally(() => {
          running.delete(settled);
        });
      running.set(settled, target.metadata.name);
      return await withTimeLimit(invocation, functionTimeoutMilliseconds, target.metadata.name);
    },
    async drain(milliseconds) {
      const quiet = new AbortController();
      const all = async () => {
        while (running.size > 0) await Promise.all(running.keys());
        quiet.abort();
      };
      await Promise.race([all(), delay(milliseconds, undefined, { signal: quiet.signal }).catch(() => undefined)]);
      return [...new Set(running.values())];
    },
  };
}

interface InvocationSetting {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly appHookData: object;
  readonly log: HostLog;
}

async function runInvocation(
  app: LoadedApp,
  { metadata, callback }: RegisteredFunction,
  { invocationId, request, appHookData, log }: InvocationSetting,
): Promise<InvocationOutcome> {
  const { hooks } = app.registry;
  const known: { context?: unknown } = {};
  const core: CoreContext = {
    invocationId,
    metadata,
    request,
    log(level, category, message) {
      const entry = { hookData, appHookData, level, category, message, invocationContext: known.context };
      for (const hook of hooks.log) hook(entry);
      forwardLog(log, entry.level, category, `${metadata.name}: ${entry.message}`);
    },
  };
  const hookData = {};
  const model = app.model.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  known.context = context;

  const before = { hookData, appHookData, invocationContext: context, functionCallback: callback, inputs };
  core.state = "preInvocationHooks";
  await runHooks(hooks.preInvocation, before);

  const after: { inputs: unknown[]; result: unknown; error: unknown; [other: string]: unknown } = {
    hookData,
    appHookData,
    invocationContext: context,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  core.state = "invocation";
  try {
    const handler: FunctionCallback = before.functionCallback;
    after.result = await model.invokeFunction(context, before.inputs, handler);
  } catch (error) {
    after.error = error ?? new Error("The function threw nothing.");
  }
  core.state = "postInvocationHooks";
  await runHooks(hooks.postInvocation, after);
  if (after.error !== null && after.error !== undefined) throw after.error;
  return { result: after.result, response: await model.getResponse(context, after.result) };
}

async function runHooks(hooks: readonly HookCallback[], context: Record<string, unknown>): Promise<void> {
  for (const hook of hooks) await hook(context);
}

async function withTimeLimit<Result>(work: Promise<Result>, milliseconds: number, name: string): Promise<Result> {
  if (milliseconds === Number.POSITIVE_INFINITY) return await work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const complaint = `${name} ran longer than functionTimeout (${milliseconds / 1000} s): the real host would restart the worker.`;
    timer = setTimeout(() => reject(new Error(complaint)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One line that says what went wrong, for a log. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || error.name;
}

/** The same with the place in the code, for what an app's own function threw. */
export function describeFailure(error: unknown): string {
  const place = error instanceof Error ? /^\s+(at .*)$/m.exec(error.stack ?? "")?.[1] : undefined;
  return place === undefined ? describeError(error) : `${describeError(error)} (${place})`;
}

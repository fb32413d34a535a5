import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type ListenOptions, Server } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createRegistry, type Registry, supplyCoreModule } from "./core-api.ts";
import type { HostLog, ProgrammingModel } from "./rpc-types.ts";

export interface LoadedApp {
  readonly registry: Registry;
  readonly model: ProgrammingModel;
  /** Where the library's own HTTP proxy listens; undefined if the app does not stream. */
  readonly httpUri: URL | undefined;
  /** Ends the library's proxy and takes `@azure/functions-core` away. */
  unload(): void;
}

/**
 * Loads the app as the real worker does: `@azure/functions-core` is supplied, then the `main` of package.json (a file or
 * a glob) is imported, the appStart hooks run, and the programming model is asked for its capabilities.
 * @throws what the app throws, or an Error with one line if it registered nothing or carries two copies of the library.
 */
export async function loadApp(appFolder: string, log: HostLog): Promise<LoadedApp> {
  const registry = createRegistry();
  const takeAway = supplyCoreModule(registry, log);
  const proxy: { server?: Server } = {};
  const unload = () => {
    takeAway();
    proxy.server?.close();
    proxy.server?.unref();
  };
  try {
    bindLibrary(appFolder);
    for (const file of entryFiles(appFolder)) await import(pathToFileURL(file).href);
    registry.isLocked = true;
    const model = theOneModel(registry);
    for (const hook of registry.hooks.appStart) await hook({ hookData: {}, functionAppDirectory: appFolder });
    const httpUri = await askForHttpUri(model, proxy);
    if (registry.isStreamingAskedFor && httpUri === undefined) throw new Error(twoCopies);
    return { registry, model, httpUri, unload };
  } catch (error) {
    unload();
    throw error;
  }
}

const twoCopies =
  "The app carries two copies of @azure/functions, which breaks HTTP streaming: keep it external to the bundle.";

/**
 * The library looks for its core module once, at its first call. Making that call here, from a plain `require`, works
 * whatever the app's own loader does with CommonJS.
 */
function bindLibrary(appFolder: string): void {
  const library = createRequire(join(appFolder, "package.json"))("@azure/functions") as {
    app: { hook: { appStart(callback: () => void): { dispose(): void } } };
  };
  library.app.hook.appStart(() => undefined).dispose();
}

function entryFiles(appFolder: string): string[] {
  const { main } = JSON.parse(readFileSync(join(appFolder, "package.json"), "utf8")) as { main?: string };
  if (main === undefined)
    throw new Error(`package.json in ${appFolder} has no "main": the host loads the app from it.`);
  const files = globSync(main, { cwd: appFolder }).sort();
  if (files.length === 0)
    throw new Error(`"main" of package.json names ${main}, and there is no such file. Build first.`);
  return files.map((file) => join(appFolder, file));
}

function theOneModel(registry: Registry): ProgrammingModel {
  const [model, second] = registry.models;
  if (model === undefined || registry.functions.size === 0) {
    throw new Error(
      "The app registered no function. (Does a loader hook or a bundled @azure/functions hide the host?)",
    );
  }
  if (second !== undefined) throw new Error(twoCopies);
  return model;
}

/**
 * With streaming this starts the library's HTTP proxy, which would listen on every interface of the machine: a laptop's
 * host keeps it on loopback.
 */
async function askForHttpUri(model: ProgrammingModel, proxy: { server?: Server }): Promise<URL | undefined> {
  const original = Server.prototype.listen;
  Server.prototype.listen = function (this: Server, ...parameters: unknown[]): Server {
    proxy.server = this;
    const port = typeof parameters[0] === "number" ? parameters[0] : 0;
    const listener = parameters.find((parameter) => typeof parameter === "function") as (() => void) | undefined;
    const options: ListenOptions = { host: "127.0.0.1", port };
    return original.call(this, options, listener) as Server;
  } as typeof original;
  try {
    const { HttpUri } = await model.getCapabilities({});
    if (HttpUri === undefined) return undefined;
    const url = new URL(HttpUri);
    url.hostname = "127.0.0.1";
    return url;
  } finally {
    Server.prototype.listen = original;
  }
}

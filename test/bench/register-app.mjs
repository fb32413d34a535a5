// Loads a function app as the worker does, up to the last registration, and tells its parent the moment.
import Module, { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const registered = [];
const core = {
  version: "1.0.0",
  hostVersion: "4.0.0",
  setProgrammingModel: () => undefined,
  getProgrammingModel: () => undefined,
  registerFunction: (metadata) => {
    registered.push(metadata.name);
    return { dispose: () => undefined };
  },
  registerHook: () => ({ dispose: () => undefined }),
  log: () => undefined,
  Disposable: class {},
};

const load = Module._load;
Module._load = (request, ...rest) => (request === "@azure/functions-core" ? core : load(request, ...rest));

const entry = process.argv[2];
// Required once before the app imports it, so that the library finds its host's module.
createRequire(entry)("@azure/functions");
await import(pathToFileURL(entry).href);
process.send?.({ functions: registered.length, atMs: performance.timeOrigin + performance.now() });
process.exit(registered.length > 0 ? 0 : 1);

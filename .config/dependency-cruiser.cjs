/**
 * The table of layers: which folder may import which. "Lazily" means by a dynamic import, so that a function's entry
 * stays light.
 */
const layers = {
  domain: [],
  platform: ["domain", "ports"],
  schemas: ["domain"],
  ports: ["domain"],
  config: ["schemas"],
  operations: ["domain", "ports", "schemas"],
  database: ["domain", "ports", "config", "platform"],
  storage: ["domain", "ports", "config", "platform"],
  queues: ["domain", "ports", "config", "platform"],
  providers: ["domain", "ports", "config", "platform"],
  oauth: ["domain", "ports", "config", "platform"],
  mail: ["domain", "ports", "config", "platform"],
  billing: ["domain", "ports", "config", "platform"],
  telemetry: ["domain", "ports"],
  http: ["domain", "ports", "schemas", "platform"],
};

const rules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `layer-${layer}`,
  comment: `src/${layer} may import ${allowed.length === 0 ? "nothing of ours" : allowed.join(", ")}`,
  severity: "error",
  from: { path: `^src/${layer}/` },
  to: { path: "^src/", pathNot: `^src/(${[layer, ...allowed].join("|")})/` },
}));

/** Modules that cost milliseconds to load; an entry must not, so they are imported on first use. */
const heavy = "node_modules/(mongodb|axios|@azure/(communication-email|identity|keyvault-secrets|storage-blob|storage-queue)|openai|openid-client|@zxcvbn-ts|replicate|sharp|bcrypt|gpt-tokenizer|jose|unpdf|mammoth|file-type|zod-openapi|stripe)/";

module.exports = {
  forbidden: [
    ...rules,
    {
      name: "functions-stay-thin",
      comment: "functions import http, schemas and services; operations only lazily",
      severity: "error",
      from: { path: "^src/functions/" },
      to: { path: "^src/", pathNot: "^src/(functions|http|schemas)/|^src/services\\.ts$|^src/operations/" },
    },
    {
      name: "operations-lazily",
      comment: "a function loads its use case on its first call",
      severity: "error",
      from: { path: "^src/functions/" },
      to: { path: "^src/operations/", dependencyTypesNot: ["type-only"], dynamic: false },
    },
    {
      name: "nothing-imports-local",
      comment: "what runs only on a laptop never reaches the bundle",
      severity: "error",
      from: { path: "^src/(?!local/)" },
      to: { path: "^src/local/" },
    },
    {
      name: "heavy-modules-lazily",
      comment: "SDKs are loaded on first use, not at the start",
      severity: "error",
      from: { path: "^src/(?!local/)", pathNot: "^src/database/driver\\.ts$" },
      to: { path: heavy, dynamic: false, dependencyTypesNot: ["type-only"], pathNot: "node_modules/zod-openapi/" },
    },
    {
      name: "driver-lazily",
      severity: "error",
      from: { path: "^src/(?!local/)" },
      to: { path: "^src/database/driver\\.ts$", dynamic: false },
    },
    {
      name: "telemetry-sdk-lazily",
      comment: "the SDK is loaded in the background, after the start",
      severity: "error",
      from: { path: "^src/(?!local/)" },
      to: { path: "^src/telemetry/exporters\\.ts$", dynamic: false, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-circular",
      comment: "two modules that need each other are one module, or three",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only", "dynamic-import"] } },
    },
    {
      name: "no-unresolved",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^@azure/functions-core$" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^src/web/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "types"] },
  },
};

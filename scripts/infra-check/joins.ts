import { posix } from "node:path";
import { type BicepFile, bodyOf, isObject, pathsIn } from "./bicep.ts";

/** Modules and the files they name: each required parameter given, none unknown, every output that is read exists. */
export function checkModules(files: readonly BicepFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const problems: string[] = [];
  const used = new Set<string>(["main.bicep"]);
  for (const file of files) {
    const modules = new Map<string, BicepFile>();
    for (const [name, module] of Object.entries(file.tree.modules ?? {})) {
      const path = posix.join(posix.dirname(file.path), module.detail.path);
      const target = byPath.get(path);
      if (target === undefined) {
        problems.push(`${file.path}: module "${name}" names ${path}, which does not exist`);
        continue;
      }
      used.add(path);
      modules.set(name, target);
      problems.push(...checkParameters(file, name, target, bodyOf(module.config).params));
    }
    problems.push(...checkOutputs(file, modules));
  }
  for (const { path } of files) if (!used.has(path)) problems.push(`${path}: no module names this file`);
  return problems;
}

function checkParameters(file: BicepFile, name: string, target: BicepFile, given: unknown): string[] {
  const parameters = target.tree.parameters ?? {};
  const values = isObject(given) ? given : {};
  const problems: string[] = [];
  for (const [parameter, { default: fallback, type }] of Object.entries(parameters)) {
    if (fallback === null && !type.endsWith("?") && !(parameter in values)) {
      problems.push(`${file.path}: module "${name}" lacks the parameter "${parameter}" of ${target.path}`);
    }
  }
  for (const parameter of Object.keys(values)) {
    if (!(parameter in parameters)) {
      problems.push(`${file.path}: module "${name}" gives "${parameter}", which ${target.path} does not take`);
    }
  }
  return problems;
}

function checkOutputs(file: BicepFile, modules: ReadonlyMap<string, BicepFile>): string[] {
  const missing = new Set<string>();
  const { modules: ownModules, resources, outputs, variables } = file.tree;
  for (const [symbol, word, output] of pathsIn([ownModules, resources, outputs, variables])) {
    const target = symbol === undefined ? undefined : modules.get(symbol);
    if (target === undefined || word !== "outputs" || output === undefined) continue;
    if (!(output in (target.tree.outputs ?? {}))) missing.add(`${file.path}: ${target.path} has no output "${output}"`);
  }
  return [...missing];
}

/** main.parameters.json against main.bicep: no unknown parameter, every required one given, each value's text of the right kind. */
export function checkParametersFile(main: BicepFile, text: string): string[] {
  const { parameters: given = {} } = JSON.parse(text) as { parameters?: Record<string, { value?: unknown }> };
  const parameters = main.tree.parameters ?? {};
  const problems: string[] = [];
  for (const [name, { default: fallback }] of Object.entries(parameters)) {
    if (fallback === null && !(name in given))
      problems.push(`main.parameters.json: the required parameter "${name}" is missing`);
  }
  for (const [name, { value }] of Object.entries(given)) {
    const parameter = parameters[name];
    if (parameter === undefined) {
      problems.push(`main.parameters.json: main.bicep takes no parameter "${name}"`);
      continue;
    }
    const fallback = typeof value === "string" ? /^\$\{\w+=(.*)\}$/.exec(value)?.[1] : undefined;
    if (fallback === undefined) continue;
    if (!fits(fallback, parameter.type))
      problems.push(`main.parameters.json: the default of "${name}" is no ${parameter.type}`);
    const allowed = parameter.decorators.find(({ type }) => type === "allowed")?.argument;
    if (Array.isArray(allowed) && !allowed.map(String).includes(fallback)) {
      problems.push(`main.parameters.json: the default of "${name}" is not one of its allowed values`);
    }
  }
  return problems;
}

function fits(text: string, type: string): boolean {
  if (type === "int") return /^-?\d+$/.test(text);
  if (type === "bool") return text === "true" || text === "false";
  if (type === "array") return /^\[.*\]$/.test(text);
  return true;
}

/** Every parameter and output has a description; every @allowed parameter's default is allowed. */
export function checkDescriptions(files: readonly BicepFile[]): string[] {
  const problems: string[] = [];
  for (const { path, tree } of files) {
    const described = { ...tree.parameters, ...tree.outputs } as Record<string, { decorators?: { type: string }[] }>;
    for (const [name, { decorators = [] }] of Object.entries(described)) {
      if (!decorators.some(({ type }) => type === "description"))
        problems.push(`${path}: "${name}" has no description`);
    }
    for (const [name, parameter] of Object.entries(tree.parameters ?? {})) {
      const allowed = parameter.decorators.find(({ type }) => type === "allowed")?.argument;
      if (!Array.isArray(allowed) || parameter.default === null) continue;
      if (!allowed.includes(parameter.default))
        problems.push(`${path}: the default of "${name}" is not one of its allowed values`);
    }
  }
  return problems;
}

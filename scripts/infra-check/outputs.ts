import { accessPath, type BicepFile, bodyOf, isObject, objectsIn } from "./bicep.ts";

const secretNames = /password|secret(?!Name)|connection_?string|accountkey|sas(?:token)?$|apikey|instrumentationkey/i;
/** `listKeys` and its kin, as written and as pycep names them. */
const secretFunctions =
  /"(list_?(?:keys|secrets|connection_?strings|account_?sas|service_?sas|credentials)|get_?secret)/i;
/** The address of a list of known passwords is no secret. */
const secretParameter = /password(?!sUrl$)|secret$|key$/i;

/** No output holds a secret, nor a value derived from a @secure parameter; parameters that are secrets say so. */
export function checkSecretOutputs(files: readonly BicepFile[]): string[] {
  return files.flatMap((file) => [...checkSecretParameters(file), ...checkOutputs(file), ...checkClearSettings(file)]);
}

function checkSecretParameters({ path, tree }: BicepFile): string[] {
  const problems: string[] = [];
  for (const [name, { type, decorators, default: fallback }] of Object.entries(tree.parameters ?? {})) {
    const isSecure = decorators.some((decorator) => decorator.type === "secure");
    const isSecret = secretParameter.test(name) && type === "string";
    if (isSecret && !isSecure) problems.push(`${path}: the parameter "${name}" is a secret without @secure()`);
    if (isSecure && fallback !== null && fallback !== "")
      problems.push(`${path}: the secret parameter "${name}" has a default`);
  }
  return problems;
}

function checkOutputs({ path, tree }: BicepFile): string[] {
  const tainted = taintedNames(tree);
  return Object.entries(tree.outputs ?? {})
    .filter(([name, { value }]) => secretNames.test(name) || leaks(value, tainted))
    .map(([name]) => `${path}: the output "${name}" gives a secret away`);
}

/** @secure parameters, and variables that are made of them or of other secrets. */
function taintedNames(tree: BicepFile["tree"]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, { decorators }] of Object.entries(tree.parameters ?? {})) {
    if (decorators.some(({ type }) => type === "secure")) names.add(name);
  }
  const variables = Object.entries(tree.variables ?? {});
  for (let before = -1; before !== names.size; ) {
    before = names.size;
    for (const [name, { value }] of variables) if (leaks(value, names)) names.add(name);
  }
  return names;
}

function leaks(value: unknown, tainted: ReadonlySet<string>): boolean {
  const text = JSON.stringify(value);
  if (secretFunctions.test(text)) return true;
  for (const name of tainted) if (new RegExp(`\\b${name}\\b`).test(text)) return true;
  for (const object of objectsIn({ value })) {
    const path = accessPath(object);
    if (path?.some((part, index) => index > 0 && secretNames.test(part))) return true;
  }
  return false;
}

/** Secrets reach the app as Key Vault references alone. Application Insights' connection string is no credential here: local authentication is off. */
function checkClearSettings({ path, tree }: BicepFile): string[] {
  const problems: string[] = [];
  for (const resource of Object.values(tree.resources ?? {})) {
    if (resource.type !== "Microsoft.Web/sites/config") continue;
    const { properties } = bodyOf(resource.config);
    for (const [name, value] of Object.entries(isObject(properties) ? properties : {})) {
      const isSecret = /SECRET|PASSWORD(?!S_URL$)|_KEY$|_KEYS$|TOKEN|MONGODB_URI/.test(name);
      if (isSecret && !(typeof value === "string" && value.startsWith("@Microsoft.KeyVault("))) {
        problems.push(`${path}: the setting ${name} is a secret and no Key Vault reference`);
      }
    }
  }
  return problems;
}

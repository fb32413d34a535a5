import { accessPath, type BicepFile, bodyOf, isObject, objectsIn } from "./bicep.ts";

const secretNames = /password|secret(?!Name)|connection_?string|accountkey|sas(?:token)?$|apikey|instrumentationkey/i;
const secretFunctions = /^list[A-Z_]|^list_/;
const secretParameter = /password|secret$|key$/i;

/** No output holds a secret, nor a value derived from a @secure parameter; parameters that are secrets say so. */
export function checkSecretOutputs(files: readonly BicepFile[]): string[] {
  const problems: string[] = [];
  for (const { path, tree } of files) {
    const secure = new Set(
      Object.entries(tree.parameters ?? {})
        .filter(([, { decorators }]) => decorators.some(({ type }) => type === "secure"))
        .map(([name]) => name),
    );
    for (const [name, { type, decorators }] of Object.entries(tree.parameters ?? {})) {
      const isSecret = secretParameter.test(name) && type === "string";
      if (isSecret && !decorators.some((decorator) => decorator.type === "secure")) {
        problems.push(`${path}: the parameter "${name}" is a secret without @secure()`);
      }
      if (secure.has(name) && typeof tree.parameters?.[name]?.default === "string" && tree.parameters[name].default !== "") {
        problems.push(`${path}: the secret parameter "${name}" has a default`);
      }
    }
    for (const [name, { value }] of Object.entries(tree.outputs ?? {})) {
      if (secretNames.test(name) || leaks(value, secure)) problems.push(`${path}: the output "${name}" gives a secret away`);
    }
    problems.push(...checkClearSettings(path, tree.resources));
  }
  return problems;
}

function leaks(value: unknown, secure: ReadonlySet<string>): boolean {
  const text = JSON.stringify(value);
  for (const name of secure) if (new RegExp(`\\b${name}\\b`).test(text)) return true;
  for (const object of [{ value }, ...objectsIn(value)]) {
    const path = accessPath(object) ?? accessPath((object as { value?: unknown }).value);
    if (path?.some((part) => part !== path[0] && secretNames.test(part))) return true;
    if (isObject(object.function) && secretFunctions.test(String(object.function.type))) return true;
  }
  return false;
}

/** Secrets reach the app as Key Vault references alone. Application Insights' connection string is no credential here: local authentication is off. */
function checkClearSettings(path: string, resources: BicepFile["tree"]["resources"]): string[] {
  const problems: string[] = [];
  for (const resource of Object.values(resources ?? {})) {
    if (resource.type !== "Microsoft.Web/sites/config") continue;
    const { properties } = bodyOf(resource.config);
    for (const [name, value] of Object.entries(isObject(properties) ? properties : {})) {
      const isSecret = /SECRET|PASSWORD|_KEY$|_KEYS$|TOKEN|MONGODB_URI/.test(name);
      if (isSecret && !(typeof value === "string" && value.startsWith("@Microsoft.KeyVault("))) {
        problems.push(`${path}: the setting ${name} is a secret and no Key Vault reference`);
      }
    }
  }
  return problems;
}

/** What pycep gives of a Bicep file, as far as it is read here. */
export interface BicepTree {
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly variables?: Readonly<Record<string, { readonly value: unknown }>>;
  readonly resources?: Readonly<Record<string, Resource>>;
  readonly modules?: Readonly<Record<string, Module>>;
  readonly outputs?: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
}

interface Decorator {
  readonly type: string;
  readonly argument?: unknown;
}

interface Parameter {
  readonly decorators: readonly Decorator[];
  readonly type: string;
  readonly default: unknown;
}

interface Resource {
  readonly type: string;
  readonly api_version: string;
  readonly existing: boolean;
  readonly config: unknown;
}

interface Module {
  readonly detail: { readonly path: string };
  readonly config: unknown;
}

export interface BicepFile {
  /** Relative to the infra folder, as "modules/storage.bicep". */
  readonly path: string;
  readonly text: string;
  readonly tree: BicepTree;
}

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The body of a resource or module, out of its loop and its condition. */
export function bodyOf(config: unknown): Json {
  let body = config;
  while (isObject(body) && "config" in body && ("loop_type" in body || "condition" in body)) body = body.config;
  return isObject(body) ? body : {};
}

/** Each object in a tree, the outer ones first. */
export function* objectsIn(value: unknown): Generator<Json> {
  if (Array.isArray(value)) {
    for (const entry of value) yield* objectsIn(entry);
  } else if (isObject(value)) {
    yield value;
    for (const entry of Object.values(value)) yield* objectsIn(entry);
  }
}

/** "storage.outputs.name" as ["storage", "outputs", "name"]; null for anything that is no chain of names. */
export function accessPath(value: unknown): string[] | null {
  if (typeof value === "string") return [value];
  if (!isObject(value) || !isObject(value.operator) || value.operator.type !== "property_accessor") return null;
  const { operands } = value.operator;
  if (!isObject(operands)) return null;
  const [one, other] = [accessPath(operands.operand_1), accessPath(operands.operand_2)];
  return one === null || other === null ? null : [...one, ...other];
}

/** All chains of names in a tree: also those inside of strings, as in "${a.b}". */
export function* pathsIn(value: unknown): Generator<string[]> {
  if (typeof value === "string") {
    for (const match of value.matchAll(/\$\{([A-Za-z_][\w.]*)/g)) yield (match[1] ?? "").split(".");
    return;
  }
  for (const object of objectsIn(value)) {
    const path = accessPath(object);
    if (path !== null) yield path;
    for (const entry of Object.values(object)) {
      for (const text of [entry].flat()) if (typeof text === "string") yield* pathsIn(text);
    }
  }
}

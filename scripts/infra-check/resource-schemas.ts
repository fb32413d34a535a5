import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BicepFile, bodyOf, isObject, type Json } from "./bicep.ts";

/** One entry of a types.json of Azure/bicep-types-az. */
interface TypeEntry {
  readonly $type: string;
  readonly name?: string;
  readonly value?: string;
  readonly properties?: Readonly<Record<string, { readonly type: TypeReference; readonly flags?: number }>>;
  readonly additionalProperties?: TypeReference;
  readonly itemType?: TypeReference;
  readonly elements?: readonly TypeReference[] | Readonly<Record<string, TypeReference>>;
  readonly baseProperties?: TypeEntry["properties"];
  readonly discriminator?: string;
  readonly body?: TypeReference;
}

interface TypeReference {
  readonly $ref: string;
}

const requiredFlag = 1;
const readOnlyFlag = 2;
/** What Bicep itself adds to a resource. */
const languageProperties = new Set(["scope", "parent", "dependsOn", "eTag", "etag"]);

interface Context {
  readonly types: readonly TypeEntry[];
  /** Names that stand for values: what they hold is not known here. */
  readonly symbols: ReadonlySet<string>;
  readonly problems: string[];
}

/**
 * Resource bodies against the platform's published types: unknown and read-only properties, missing ones, values out of a closed list.
 * @param typesFolder a checkout of https://github.com/Azure/bicep-types-az
 */
export function checkResourceSchemas(files: readonly BicepFile[], typesFolder: string): string[] {
  const problems: string[] = [];
  const load = createTypeLoader(typesFolder);
  for (const { path, tree } of files) {
    const symbols = new Set(
      [tree.parameters, tree.variables, tree.resources, tree.modules].flatMap((part) => Object.keys(part ?? {})),
    );
    for (const [name, resource] of Object.entries(tree.resources ?? {})) {
      const where = `${path}: ${name}`;
      const types = load(resource.type, resource.api_version);
      const entry = types?.find(
        ({ name: typeName }) => typeName?.toLowerCase() === `${resource.type}@${resource.api_version}`.toLowerCase(),
      );
      if (types === undefined || entry?.body === undefined) {
        problems.push(`${where}: the platform has no ${resource.type}@${resource.api_version}`);
        continue;
      }
      if (resource.existing) continue;
      checkValue({ types, symbols, problems }, where, entry.body, bodyOf(resource.config), true);
    }
  }
  return problems;
}

/** Reads a provider's types once; a provider's version can be spread over several files. */
function createTypeLoader(folder: string): (type: string, version: string) => readonly TypeEntry[] | undefined {
  const cache = new Map<string, readonly (readonly TypeEntry[])[]>();
  return (type, version) => {
    const pattern = `generated/*/${(type.split("/")[0] ?? "").toLowerCase()}/${version}/types.json`;
    const known = cache.get(pattern);
    const all =
      known ??
      globSync(pattern, { cwd: folder }).map(
        (path) => JSON.parse(readFileSync(join(folder, path), "utf8")) as TypeEntry[],
      );
    cache.set(pattern, all);
    const wanted = `${type}@${version}`.toLowerCase();
    return all.find((types) => types.some(({ name }) => name?.toLowerCase() === wanted));
  };
}

function resolve({ types }: Context, reference: TypeReference): TypeEntry | undefined {
  return types[Number(reference.$ref.split("/").at(-1))];
}

function checkValue(context: Context, where: string, reference: TypeReference, value: unknown, isTop = false): void {
  const type = resolve(context, reference);
  if (type === undefined || isUnknown(context, value)) return;
  switch (type.$type) {
    case "ObjectType":
      checkObject(context, where, type, value, isTop);
      break;
    case "DiscriminatedObjectType":
      checkDiscriminated(context, where, type, value, isTop);
      break;
    case "ArrayType":
      checkArray(context, where, type, value);
      break;
    case "UnionType":
      checkUnion(context, where, type, value);
      break;
    case "StringLiteralType":
      if (value !== type.value) context.problems.push(`${where} is ${JSON.stringify(value)}, not "${type.value}"`);
      break;
    case "BooleanType":
      if (typeof value !== "boolean") context.problems.push(`${where} is no boolean`);
      break;
    case "IntegerType":
      if (typeof value !== "number") context.problems.push(`${where} is no number`);
      break;
    case "StringType":
      if (typeof value !== "string") context.problems.push(`${where} is no string`);
  }
}

/** An expression, a symbol, or a text with one in it: its value is known to the deployment alone. */
function isUnknown({ symbols }: Context, value: unknown): boolean {
  if (value === null) return true;
  if (typeof value === "string") return value.includes("${") || symbols.has(value);
  return isObject(value) && ("operator" in value || "function" in value || "loop_type" in value);
}

function checkObject(context: Context, where: string, type: TypeEntry, value: unknown, isTop: boolean): void {
  if (!isObject(value)) {
    context.problems.push(`${where} is no object`);
    return;
  }
  checkProperties(context, where, { known: type.properties ?? {}, rest: type.additionalProperties }, value, isTop);
}

function checkDiscriminated(context: Context, where: string, type: TypeEntry, value: unknown, isTop: boolean): void {
  if (!isObject(value)) return;
  const discriminator = type.discriminator ?? "";
  const kind = value[discriminator] ?? value[`'${discriminator}'`];
  const elements = type.elements as Readonly<Record<string, TypeReference>>;
  const reference = typeof kind === "string" ? elements[kind] : undefined;
  const element = reference === undefined ? undefined : resolve(context, reference);
  if (element === undefined) {
    context.problems.push(
      `${where}: ${discriminator} is ${JSON.stringify(kind)}, not one of ${Object.keys(elements).join(", ")}`,
    );
    return;
  }
  const known = { ...type.baseProperties, ...element.properties };
  checkProperties(context, where, { known, rest: element.additionalProperties }, value, isTop);
}

function checkProperties(
  context: Context,
  where: string,
  shape: { known: NonNullable<TypeEntry["properties"]>; rest: TypeReference | undefined },
  value: Json,
  isTop: boolean,
): void {
  const { known, rest } = shape;
  for (const [key, entry] of Object.entries(value)) {
    const name = key.replace(/^'|'$/g, "");
    const property = known[name];
    if (isTop && languageProperties.has(name)) continue;
    if (property !== undefined) {
      const flags = property.flags ?? 0;
      if ((flags & readOnlyFlag) !== 0 && (flags & requiredFlag) === 0)
        context.problems.push(`${where}.${name} is read-only`);
      checkValue(context, `${where}.${name}`, property.type, entry);
    } else if (rest !== undefined) checkValue(context, `${where}.${name}`, rest, entry);
    else context.problems.push(`${where} has no property ${name}`);
  }
  for (const [name, { flags = 0 }] of Object.entries(known)) {
    const isNeeded = (flags & requiredFlag) !== 0 && (flags & readOnlyFlag) === 0;
    if (isNeeded && !(name in value) && !(`'${name}'` in value)) context.problems.push(`${where} lacks ${name}`);
  }
}

function checkArray(context: Context, where: string, type: TypeEntry, value: unknown): void {
  if (!Array.isArray(value)) {
    context.problems.push(`${where} is no array`);
    return;
  }
  value.forEach((entry, index) => {
    if (type.itemType !== undefined) checkValue(context, `${where}[${index}]`, type.itemType, entry);
  });
}

/** A union with a plain string in it is open: the service decides. */
function checkUnion(context: Context, where: string, type: TypeEntry, value: unknown): void {
  const elements = (type.elements as readonly TypeReference[]).map((reference) => resolve(context, reference));
  const literals = elements.flatMap((element) => (element?.$type === "StringLiteralType" ? [element.value] : []));
  const isOpen = elements.some((element) => element?.$type === "StringType");
  if (typeof value !== "string") {
    context.problems.push(`${where} is no string`);
    return;
  }
  if (literals.includes(value)) return;
  const problem = `${where} is "${value}", not one of ${literals.join(", ")}`;
  if (!isOpen) context.problems.push(problem);
  else if (literals.length > 0 && literals.some((literal) => literal?.toLowerCase() === value.toLowerCase())) {
    context.problems.push(`${problem} (mind the case)`);
  }
}

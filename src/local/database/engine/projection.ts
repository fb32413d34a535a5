import { numberedError } from "./errors.ts";
import { compileExpression, type Evaluate, isExpressionOperator, type Scope } from "./expression.ts";
import { elementPredicate, type MatchOptions } from "./matcher.ts";
import { isTruthy } from "./operators/truth.ts";
import { positionalIndex } from "./positional.ts";
import { type Document, isNumeric, isPlainObject, setField, textScore, toNumber } from "./values.ts";

type Project = (document: Document) => Document;

interface Context extends MatchOptions {
  readonly names: readonly string[];
  /** The find's filter, which positional projection looks at. Undefined in an aggregation, where find's own forms are refused. */
  readonly filter: Document | undefined;
}

type Transform = (value: unknown, scope: Scope) => unknown;

/** One level of a projection: what happens to each named field. */
interface Node {
  readonly children: Map<string, Node>;
  leaf?: "include" | "exclude" | { readonly compute: Evaluate } | { readonly transform: Transform };
}

interface Builder {
  readonly root: Node;
  readonly context: Context;
  mode: "include" | "exclude" | undefined;
  id: "include" | "exclude" | undefined;
}

const newNode = (): Node => ({ children: new Map() });

/** Compiles a projection of `find` (with `filter`) or of `$project` (without). Throws MongoDB's 31253 / 31254 on mixtures. */
export function compileProjection(specification: Document, context: Context): Project {
  const builder: Builder = { root: newNode(), context, mode: undefined, id: undefined };
  for (const [path, value] of Object.entries(specification)) addField(builder, path, value);
  const { root, context: options } = builder;
  const idNode = root.children.get("_id");
  const exclude = (builder.mode ?? (builder.id === "exclude" ? "exclude" : "include")) === "exclude";
  if (exclude) {
    if (builder.id === "include") root.children.delete("_id");
  } else if (idNode === undefined && builder.id === undefined) {
    root.children.set("_id", { children: new Map(), leaf: "include" });
  }
  const variables = options.variables ?? {};
  return (document) => {
    const scope: Scope = { root: document, variables };
    const result = exclude ? excludeFrom(document, root, scope) : includeFrom(document, root, scope);
    const score = (document as { [textScore]?: number })[textScore];
    if (score !== undefined) Object.defineProperty(result, textScore, { value: score, enumerable: true });
    return result;
  };
}

function setMode(builder: Builder, path: string, mode: "include" | "exclude"): void {
  if (path === "_id") {
    builder.id = mode;
    return;
  }
  if (builder.mode !== undefined && builder.mode !== mode) {
    const code = mode === "include" ? 31253 : 31254;
    throw numberedError(
      code,
      `Cannot do ${mode === "include" ? "inclusion" : "exclusion"} on field ${path} in ${builder.mode === "include" ? "inclusion" : "exclusion"} projection`,
    );
  }
  builder.mode = mode;
}

function place(builder: Builder, path: string, leaf: Node["leaf"]): void {
  let node = builder.root;
  for (const name of path.split(".")) {
    if (name === "") throw numberedError(40353, "FieldPath must not end with a '.'.");
    if (name.startsWith("$")) throw numberedError(16410, "FieldPath field names may not start with '$'.");
    if (node.leaf !== undefined) throw numberedError(31249, `Path collision at ${path}`);
    let child = node.children.get(name);
    if (child === undefined) {
      child = newNode();
      node.children.set(name, child);
    }
    node = child;
  }
  if (node.leaf !== undefined || node.children.size > 0) throw numberedError(31250, `Path collision at ${path}`);
  if (leaf !== undefined) node.leaf = leaf;
}

function addFlag(builder: Builder, path: string, value: unknown): void {
  const mode = isTruthy(value) ? "include" : "exclude";
  if (path.endsWith(".$")) {
    addPositional(builder, path, mode);
    return;
  }
  setMode(builder, path, mode);
  place(builder, path, mode);
}

function addField(builder: Builder, path: string, value: unknown): void {
  if (typeof value === "boolean" || isNumeric(value)) {
    addFlag(builder, path, value);
    return;
  }
  const [operator] = isPlainObject(value) ? Object.keys(value) : ["literal"];
  if (operator === undefined) {
    throw numberedError(51270, `An empty sub-projection is not a valid value. Found empty object at path ${path}`);
  }
  if (isPlainObject(value)) {
    if (!operator.startsWith("$")) {
      for (const [name, inner] of Object.entries(value)) addField(builder, `${path}.${name}`, inner);
      return;
    }
    if (builder.context.filter !== undefined && addFindOperator(builder, path, operator, value[operator])) return;
  }
  addExpression(builder, path, value, operator);
}

function addExpression(builder: Builder, path: string, value: unknown, operator: string): void {
  if (builder.mode === "exclude" && operator !== "$meta") {
    throw numberedError(31252, `Cannot use an expression ${path} in an exclusion projection`);
  }
  if (operator.startsWith("$") && !isExpressionOperator(operator)) {
    throw numberedError(31325, `Invalid $project :: caused by :: Unknown expression ${operator}`);
  }
  if (path !== "_id" && operator !== "$meta") builder.mode = "include";
  place(builder, path, { compute: compileExpression(value, builder.context.names) });
}

/** The forms that only `find` has: `$slice`, `$elemMatch`. Answers whether it was one. */
function addFindOperator(builder: Builder, path: string, operator: string, argument: unknown): boolean {
  if (operator === "$elemMatch") {
    if (path.includes(".")) throw numberedError(31275, "Cannot use $elemMatch projection on a nested field.");
    const matches = elementPredicate(argument, builder.context);
    setMode(builder, path, "include");
    place(builder, path, {
      transform: (value) => {
        const found = Array.isArray(value) ? value.filter(matches).slice(0, 1) : [];
        return found.length === 0 ? undefined : found;
      },
    });
    return true;
  }
  if (operator !== "$slice" || (Array.isArray(argument) && argument.length === 3)) return false;
  const cut = sliceOf(argument);
  place(builder, path, { transform: (value) => (Array.isArray(value) ? cut(value) : value) });
  return true;
}

function sliceOf(argument: unknown): (items: unknown[]) => unknown[] {
  const numbers = (Array.isArray(argument) ? argument : [argument]).map((item) =>
    isNumeric(item) ? toNumber(item) : Number.NaN,
  );
  const [first, count] = numbers;
  if (first === undefined || numbers.some(Number.isNaN) || numbers.length > 2) {
    throw numberedError(28667, "Invalid $slice syntax: the argument has to be a number or [skip, limit]");
  }
  if (count === undefined) return (items) => (first >= 0 ? items.slice(0, first) : items.slice(first));
  if (count <= 0) throw numberedError(28729, "$slice limit must be positive");
  return (items) => {
    const start = first >= 0 ? first : Math.max(0, items.length + first);
    return items.slice(start, start + count);
  };
}

function addPositional(builder: Builder, path: string, mode: "include" | "exclude"): void {
  const { filter } = builder.context;
  if (filter === undefined || mode === "exclude") {
    throw numberedError(31395, `positional projection cannot be used with exclusion or in an aggregation: ${path}`);
  }
  const arrayPath = path.slice(0, -2);
  setMode(builder, arrayPath, "include");
  place(builder, arrayPath, {
    transform: (value, scope) => {
      if (!Array.isArray(value)) return value;
      const index = positionalIndex(filter, scope.root, arrayPath);
      if (index === undefined)
        throw numberedError(
          51246,
          "Executor error during find command: the positional operator did not find the match needed from the query.",
        );
      return value.slice(index, index + 1);
    },
  });
}

function includeFrom(value: Document, node: Node, scope: Scope): Document {
  const result: Document = {};
  for (const name of Object.keys(value)) {
    const child = node.children.get(name);
    if (child === undefined) continue;
    const kept = includeValue(value[name], child, scope);
    if (kept !== undefined) setField(result, name, kept);
  }
  addComputed(result, node, scope, value);
  return result;
}

function includeValue(value: unknown, node: Node, scope: Scope): unknown {
  const { leaf } = node;
  if (leaf === "include") return value;
  if (leaf === "exclude") return undefined;
  if (leaf !== undefined) return "transform" in leaf ? leaf.transform(value, scope) : undefined;
  if (Array.isArray(value)) {
    return value.map((item) => includeValue(item, node, scope)).filter((item) => item !== undefined);
  }
  return isPlainObject(value) ? includeFrom(value, node, scope) : computedOnly(node, scope);
}

function hasComputed(node: Node): boolean {
  if (typeof node.leaf === "object") return "compute" in node.leaf;
  return [...node.children.values()].some(hasComputed);
}

function computedOnly(node: Node, scope: Scope): unknown {
  return hasComputed(node) ? includeFrom({}, node, scope) : undefined;
}

/** Adds computed fields in the order of the projection, after the fields that the document has. */
function addComputed(result: Document, node: Node, scope: Scope, source: Document): void {
  for (const [name, child] of node.children) {
    if (typeof child.leaf === "object" && "compute" in child.leaf) {
      const value = child.leaf.compute(scope);
      if (value !== undefined) setField(result, name, value);
    } else if (!Object.hasOwn(source, name)) {
      const value = child.leaf === undefined ? computedOnly(child, scope) : undefined;
      if (value !== undefined) setField(result, name, value);
    }
  }
}

function excludeFrom(value: Document, node: Node, scope: Scope): Document {
  const result: Document = {};
  for (const name of Object.keys(value)) {
    const child = node.children.get(name);
    const kept = child === undefined ? value[name] : excludeValue(value[name], child, scope);
    if (kept !== undefined) setField(result, name, kept);
  }
  addComputed(result, node, scope, value);
  return result;
}

function excludeValue(value: unknown, node: Node, scope: Scope): unknown {
  const { leaf } = node;
  if (leaf === "exclude") return undefined;
  if (leaf === "include") return value;
  if (leaf !== undefined) return "transform" in leaf ? leaf.transform(value, scope) : undefined;
  if (Array.isArray(value)) return value.map((item) => excludeValue(item, node, scope));
  return isPlainObject(value) ? excludeFrom(value, node, scope) : value;
}

/** Compiles `$addFields`/`$set`: fields are computed from the input document and written into a copy of it. */
export function compileAddFields(
  specification: Document,
  names: readonly string[],
  variables: Readonly<Document>,
): Project {
  const root = newNode();
  const builder: Builder = { root, context: { names, filter: undefined }, mode: "include", id: undefined };
  for (const [path, value] of Object.entries(specification)) addComputedPath(builder, path, value);
  return (document) => writeComputed(document, root, { root: document, variables }) as Document;
}

function addComputedPath(builder: Builder, path: string, value: unknown): void {
  if (isPlainObject(value)) {
    const inner = Object.entries(value);
    if (inner.length > 0 && inner[0]?.[0].startsWith("$") !== true) {
      for (const [name, nested] of inner) addComputedPath(builder, `${path}.${name}`, nested);
      return;
    }
  }
  place(builder, path, { compute: compileExpression(value, builder.context.names) });
}

function writeComputed(value: unknown, node: Node, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => writeComputed(item, node, scope));
  const result: Document = isPlainObject(value) ? { ...value } : {};
  for (const [name, child] of node.children) {
    const current = Object.hasOwn(result, name) ? result[name] : undefined;
    const { leaf } = child;
    const written =
      typeof leaf === "object" && "compute" in leaf ? leaf.compute(scope) : writeComputed(current, child, scope);
    if (written === undefined) delete result[name];
    else setField(result, name, written);
  }
  return result;
}

/** Removes the paths, as `$unset` of an aggregation does. Refuses what is not a field path. */
export function compileUnset(argument: unknown): Project {
  const paths = Array.isArray(argument) ? argument : [argument];
  if (paths.length === 0 || paths.some((path) => typeof path !== "string")) {
    throw numberedError(31002, "$unset specification must be a string or an array containing only string values");
  }
  return compileProjection(Object.fromEntries(paths.map((path) => [path, 0])), { names: [], filter: undefined });
}

import { commandError } from "../errors.ts";
import { arrayIndex, splitPath } from "../paths.ts";
import { positionalIndex } from "../positional.ts";
import { compareStrings, type Document, isPlainObject } from "../values.ts";
import { type Change, changes } from "./operators.ts";
import { getPath } from "./targets.ts";

export type ArrayFilters = Map<string, (element: unknown) => boolean>;

/** One field that an update changes, as `{$inc: {credits: 1}}` has one. */
export interface Modification {
  readonly operator: string;
  readonly path: readonly string[];
  readonly argument: unknown;
  readonly change: Change;
}

interface UpdateContext {
  readonly original: Document;
  readonly filter: Document;
  readonly filters: ArrayFilters;
  readonly isInsert: boolean;
}

/** Reads the operators of an update. Throws 9 for an unknown one, 40 when two of them touch the same path. */
export function parseModifications(update: Document): Modification[] {
  const modifications: Modification[] = [];
  for (const [operator, fields] of Object.entries(update)) {
    const known = Object.hasOwn(changes, operator) ? changes[operator] : undefined;
    if (known === undefined) {
      throw commandError(
        "FailedToParse",
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    if (!isPlainObject(fields)) {
      throw commandError(
        "FailedToParse",
        `Modifiers operate on fields but we found type ${typeof fields} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${String(fields)}}`,
      );
    }
    for (const [name, argument] of Object.entries(fields)) {
      const path = checkedPath(name);
      modifications.push({ operator, path, argument, change: known.prepare(argument, path) });
      if (operator === "$rename") checkedPath(String(argument));
    }
  }
  refuseConflicts(modifications);
  return modifications.sort((left, right) => comparePaths(writtenPath(left), writtenPath(right)));
}

/** Where a modification makes a field: of $rename, the new place. */
function writtenPath({ operator, path, argument }: Modification): readonly string[] {
  return operator === "$rename" ? splitPath(String(argument)) : path;
}

function checkedPath(name: string): string[] {
  if (name === "") throw commandError("EmptyFieldName", "An empty update path is not valid.");
  const path = splitPath(name);
  for (const [position, part] of path.entries()) {
    if (part === "")
      throw commandError(
        "EmptyFieldName",
        `The update path '${name}' contains an empty field name, which is not allowed.`,
      );
    if (part === "$" || /^\$\[.*\]$/.test(part)) {
      if (position === 0) {
        throw commandError(
          "BadValue",
          `Cannot have positional (i.e. '$') element in the first position in path '${name}'`,
        );
      }
    } else if (part.startsWith("$")) {
      throw commandError(
        "DollarPrefixedFieldName",
        `The dollar ($) prefixed field '${part}' in '${name}' is not allowed in the context of an update. Consider using an aggregation pipeline with $replaceWith.`,
      );
    }
  }
  return path;
}

/** MongoDB applies fields in lexicographic order, numbers by value; it shows in the order of newly made fields. */
function comparePaths(left: readonly string[], right: readonly string[]): number {
  for (let position = 0; position < Math.min(left.length, right.length); position += 1) {
    const a = left[position] ?? "";
    const b = right[position] ?? "";
    const [x, y] = [arrayIndex(a), arrayIndex(b)];
    const order = x !== undefined && y !== undefined ? x - y : compareStrings(a, b);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Two paths conflict when one is the other or lies inside it. */
function refuseConflicts(modifications: readonly Modification[]): void {
  const root: PathTree = { isEnd: false, children: new Map() };
  for (const { operator, path, argument } of modifications) {
    claim(root, path);
    if (operator === "$rename") claim(root, splitPath(String(argument)));
  }
}

interface PathTree {
  isEnd: boolean;
  readonly children: Map<string, PathTree>;
}

function claim(root: PathTree, path: readonly string[]): void {
  let node = root;
  const conflict = (at: readonly string[]) =>
    commandError(
      "ConflictingUpdateOperators",
      `Updating the path '${path.join(".")}' would create a conflict at '${at.join(".")}'`,
    );
  for (const [position, name] of path.entries()) {
    let next = node.children.get(name);
    if (next === undefined) {
      next = { isEnd: false, children: new Map() };
      node.children.set(name, next);
    } else if (next.isEnd) {
      throw conflict(path.slice(0, position + 1));
    }
    node = next;
  }
  if (node.children.size > 0) throw conflict(path);
  node.isEnd = true;
}

/** Changes `document` in place; it must be a private copy. */
export function applyModifications(
  document: Document,
  modifications: readonly Modification[],
  context: UpdateContext,
): void {
  const resolved = modifications
    .filter(({ operator }) => operator !== "$setOnInsert" || context.isInsert)
    .flatMap((modification) =>
      concretePaths(document, modification.path, context).map((path) => ({ modification, path })),
    );
  const written: PathTree = { isEnd: false, children: new Map() };
  for (const { path } of resolved) claim(written, path);
  for (const { modification, path } of resolved) modification.change(document, path, context);
}

/** Replaces `$`, `$[]` and `$[identifier]` by the indexes that they stand for in this document. */
function concretePaths(document: Document, path: readonly string[], context: UpdateContext): string[][] {
  let paths: string[][] = [[]];
  for (const part of path) {
    if (part === "$") paths = paths.map((start) => [...start, String(matchedIndex(start, path, context))]);
    else if (part.startsWith("$["))
      paths = paths.flatMap((start) => everyIndex(document, start, part.slice(2, -1), path, context));
    else for (const start of paths) start.push(part);
  }
  return paths;
}

function matchedIndex(arrayPath: readonly string[], path: readonly string[], context: UpdateContext): number {
  const index = positionalIndex(context.filter, context.original, arrayPath.join("."));
  if (index === undefined) {
    throw commandError(
      "BadValue",
      `The positional operator did not find the match needed from the query. Unexpanded update: ${path.join(".")}`,
    );
  }
  return index;
}

function everyIndex(
  document: Document,
  arrayPath: readonly string[],
  identifier: string,
  path: readonly string[],
  context: UpdateContext,
): string[][] {
  const filter = identifier === "" ? () => true : context.filters.get(identifier);
  if (filter === undefined) {
    throw commandError("BadValue", `No array filter found for identifier '${identifier}' in path '${path.join(".")}'`);
  }
  const array = getPath(document, arrayPath);
  if (array === undefined) {
    throw commandError(
      "BadValue",
      `The path '${arrayPath.join(".")}' must exist in the document in order to apply array updates.`,
    );
  }
  if (!Array.isArray(array)) {
    throw commandError(
      "BadValue",
      `Cannot apply array updates to non-array element ${arrayPath.at(-1)}: ${JSON.stringify(array)}`,
    );
  }
  return array.flatMap((element, index) => (filter(element) ? [[...arrayPath, String(index)]] : []));
}

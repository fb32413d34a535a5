import { compareValues, type Document, getField, isPlainObject, valueKey } from "./values.ts";

export type Path = readonly string[];

const digits = /^(?:0|[1-9]\d*)$/;

/** The array index that a path component names, or undefined. */
export function arrayIndex(component: string | undefined): number | undefined {
  return component !== undefined && digits.test(component) ? Number(component) : undefined;
}

export function splitPath(path: string): string[] {
  return path.split(".");
}

type Visit = (leaf: unknown) => boolean;

function someInArray(array: readonly unknown[], path: Path, position: number, visit: Visit): boolean {
  for (const element of array) {
    if (isPlainObject(element) && someLeaf(element, path, position, visit)) return true;
  }
  const index = arrayIndex(path[position]);
  if (index === undefined || index >= array.length) return false;
  const element = array[index];
  if (position === path.length - 1) return visit(element);
  if (Array.isArray(element)) return someInArray(element, path, position + 1, visit);
  return isPlainObject(element) && someLeaf(element, path, position + 1, visit);
}

/**
 * Visits what a query path leads to, until `visit` answers true. Arrays on the way are entered, one level each, and a
 * number in the path is also an index; an array at the end is visited whole. A path that leads nowhere visits
 * undefined once, except that an array without a fitting element visits nothing: that is how MongoDB's matcher walks.
 */
export function someLeaf(document: unknown, path: Path, position: number, visit: Visit): boolean {
  if (!isPlainObject(document)) return visit(undefined);
  const child = getField(document, path[position] ?? "");
  if (position === path.length - 1) return visit(child);
  if (Array.isArray(child)) return someInArray(child, path, position + 1, visit);
  return someLeaf(child, path, position + 1, visit);
}

/** As `someLeaf`, and an array at the end also gives each of its elements. */
export function someValue(document: unknown, path: Path, visit: Visit): boolean {
  return someLeaf(
    document,
    path,
    0,
    (leaf) => visit(leaf) || (Array.isArray(leaf) && leaf.some((item) => visit(item))),
  );
}

/** The value of an aggregation field path: arrays are mapped over, elements without the field left out. */
export function fieldPathValue(value: unknown, path: Path, position = 0): unknown {
  if (position === path.length) return value;
  if (Array.isArray(value)) {
    const found: unknown[] = [];
    for (const item of value) {
      const inner = isPlainObject(item) ? fieldPathValue(item, path, position) : undefined;
      if (inner !== undefined) found.push(inner);
    }
    return found;
  }
  if (!isPlainObject(value)) return undefined;
  return fieldPathValue(getField(value, path[position] ?? ""), path, position + 1);
}

interface Walk {
  readonly value: unknown;
  readonly position: number;
  /** An element of an array at the path's end: taken as it is, even if it is an array again. */
  readonly settled: boolean;
}

/** Stands for the elements of an empty array, so that the array still has one entry. */
const nothing = Symbol("empty array");

/** Follows one path until it ends or meets an array that has to be fanned out. */
function walkToArray(walk: Walk, path: Path): Walk {
  let { value, position } = walk;
  while (!walk.settled && position < path.length) {
    if (Array.isArray(value)) {
      const index = arrayIndex(path[position]);
      if (index === undefined) break;
      value = value[index];
    } else {
      value = isPlainObject(value) ? getField(value, path[position] ?? "") : undefined;
    }
    position += 1;
  }
  return { value, position, settled: walk.settled };
}

function stepInto(walk: Walk, path: Path, element: unknown): Walk {
  if (walk.position === path.length) return { value: element, position: walk.position, settled: true };
  return { value: element === nothing ? undefined : element, position: walk.position, settled: false };
}

/** A missing field is held as null, an empty array as undefined, which sorts before null. */
function keyValue(walk: Walk): unknown {
  if (walk.value === nothing) return undefined;
  return walk.value === undefined ? null : walk.value;
}

interface IndexKeys {
  /** One tuple an index entry, in the order of the paths. */
  readonly tuples: unknown[][];
  /** Which of the paths went through an array; undefined if none did. */
  readonly multikey: readonly boolean[] | undefined;
  /** Whether at least one of the fields is there at all. */
  readonly anyPresent: boolean;
}

/**
 * The keys of a document in an index over these paths. Fields below the same array are taken together, element by
 * element; two different arrays cannot be in one index: then what `onParallelArrays` makes is thrown.
 */
export function indexKeys(document: Document, paths: readonly Path[], onParallelArrays: () => Error): IndexKeys {
  let multikey: boolean[] | undefined;
  let anyPresent = false;
  const tuples: unknown[][] = [];

  const expand = (walks: readonly Walk[]): void => {
    const reached = walks.map((walk, field) => walkToArray(walk, paths[field] ?? []));
    const array = reached.find((walk) => !walk.settled && Array.isArray(walk.value))?.value;
    if (!Array.isArray(array)) {
      if (reached.some((walk) => walk.value !== undefined)) anyPresent = true;
      tuples.push(reached.map(keyValue));
      return;
    }
    multikey ??= paths.map(() => false);
    for (const [field, walk] of reached.entries()) {
      if (walk.value === array) multikey[field] = true;
      else if (!walk.settled && Array.isArray(walk.value)) throw onParallelArrays();
    }
    for (const element of array.length === 0 ? [nothing] : array) {
      expand(reached.map((walk, field) => (walk.value === array ? stepInto(walk, paths[field] ?? [], element) : walk)));
    }
  };

  expand(paths.map(() => ({ value: document, position: 0, settled: false })));
  return { tuples: tuples.length > 1 ? distinctTuples(tuples) : tuples, multikey, anyPresent };
}

function distinctTuples(tuples: unknown[][]): unknown[][] {
  const seen = new Map<string, unknown[]>();
  for (const tuple of tuples) {
    const key = valueKey(tuple);
    if (!seen.has(key)) seen.set(key, tuple);
  }
  return [...seen.values()];
}

/** The value that a sort takes from a path: of an array its least element, or its greatest when descending. */
export function sortKey(document: Document, path: Path, direction: 1 | -1): unknown {
  const first = path[0] ?? "";
  const direct = getField(document, first);
  if (path.length === 1 && !Array.isArray(direct)) return direct === undefined ? null : direct;
  const { tuples } = indexKeys(document, [path], () => new Error("one path has no parallel arrays"));
  let best = tuples[0]?.[0];
  for (const [candidate] of tuples) {
    if (compareValues(candidate, best) * direction < 0) best = candidate;
  }
  return best;
}

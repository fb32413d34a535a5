import { commandError } from "../engine/errors.ts";
import type { SortField } from "../engine/sort.ts";
import { compareValues, type Document, isPlainObject } from "../engine/values.ts";
import type { Collection } from "../storage/collection.ts";
import type { OrderedIndex } from "../storage/ordered-index.ts";
import type { TextIndex } from "../storage/text-index.ts";
import type { TextQuery } from "../storage/text-query.ts";
import {
  type Analysis,
  analyse,
  fullRange,
  type Interval,
  intersect,
  isPoint,
  type PathBound,
  within,
} from "./bounds.ts";

/** One scan of an index: an interval list for each field that is bounded, from the first on. */
export interface IndexScan {
  readonly kind: "index";
  readonly index: OrderedIndex;
  readonly bounds: readonly (readonly Interval[])[];
  readonly backward: boolean;
  /** The scan yields the wanted order by itself. */
  readonly sorted: boolean;
  /** How many of the leading fields are single values whose scans are merged to keep the order. */
  readonly mergeFields: number;
  readonly cost: number;
}

export type Plan =
  | { readonly kind: "collection" }
  | { readonly kind: "id"; readonly id: unknown }
  | { readonly kind: "text"; readonly index: TextIndex; readonly query: TextQuery }
  | { readonly kind: "or"; readonly branches: readonly IndexScan[] }
  | IndexScan;

interface PlanRequest {
  readonly filter: Document;
  readonly sort: readonly SortField[];
  /** Skip and limit together: how many documents can be wanted at most. */
  readonly wanted: number | undefined;
  readonly hint?: unknown;
}

/** More combinations of several fields than this are not looked up one by one. */
const mostScans = 200;
const mostMerged = 64;

/** Chooses how to read. Throws 2 (BadValue) for a hint that fits no index, 27 (IndexNotFound) for `$text` without an index. */
export function choosePlan(collection: Collection | undefined, request: PlanRequest): Plan {
  const { filter } = request;
  if (collection === undefined) return { kind: "collection" };
  const text = textPlan(collection, filter);
  if (text !== undefined) {
    if (request.hint !== undefined) throw commandError("BadValue", "text and hint not allowed in same query");
    return text;
  }
  const hinted = request.hint === undefined ? undefined : hintedPlan(collection, request);
  if (hinted !== undefined) return hinted;
  const names = Object.keys(filter);
  if (names.length === 1 && names[0] === "_id" && isExactId(filter._id)) return { kind: "id", id: idOf(filter._id) };
  const analysis = analyse(filter);
  const scans = collection.indexes.flatMap((index) => scansOf(index, analysis, request));
  const best = scans.toSorted((left, right) => left.cost - right.cost)[0];
  if (best !== undefined) return best;
  return alternativesPlan(collection, analysis, request) ?? { kind: "collection" };
}

function isExactId(value: unknown): boolean {
  if (Array.isArray(value)) return false;
  if (!isPlainObject(value)) return typeof value !== "object" || value === null || !("pattern" in value);
  const [first, ...rest] = Object.keys(value);
  if (first === "$eq" && rest.length === 0) return true;
  return first?.startsWith("$") !== true;
}

function idOf(value: unknown): unknown {
  return isPlainObject(value) && Object.hasOwn(value, "$eq") ? value.$eq : value;
}

function findText(filter: Document): Document | undefined {
  if (isPlainObject(filter.$text)) return filter.$text;
  if (!Array.isArray(filter.$and)) return undefined;
  for (const part of filter.$and) {
    const found = isPlainObject(part) ? findText(part) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function textPlan(collection: Collection, filter: Document): Plan | undefined {
  const specification = findText(filter);
  if (specification === undefined) return undefined;
  const index = collection.textIndex;
  if (index === undefined) throw commandError("IndexNotFound", "text index required for $text query");
  return { kind: "text", index, query: index.parse(specification) };
}

function hintedPlan(collection: Collection, request: PlanRequest): Plan | undefined {
  const { hint } = request;
  if (isPlainObject(hint) && Object.hasOwn(hint, "$natural")) return { kind: "collection" };
  const index = collection.indexes.find(({ specification }) =>
    typeof hint === "string" ? specification.name === hint : compareValues(specification.key, hint) === 0,
  );
  if (index === undefined) {
    throw commandError(
      "BadValue",
      "error processing query: planner returned error: hint provided does not correspond to an existing index",
    );
  }
  const analysis = analyse(request.filter);
  const [scan] = scansOf(index, analysis, request);
  if (scan !== undefined) return scan;
  return { kind: "index", index, bounds: [fullRange], backward: false, sorted: false, mergeFields: 0, cost: 0 };
}

/** A `$or` can be read branch by branch if each of them has an index. */
function alternativesPlan(collection: Collection, analysis: Analysis, request: PlanRequest): Plan | undefined {
  for (const alternatives of analysis.alternatives) {
    const branches = alternatives.map((filter) => {
      const parts = analyse(filter);
      const scans = collection.indexes.flatMap((index) =>
        scansOf(index, parts, { ...request, sort: [], wanted: undefined }),
      );
      return scans.toSorted((left, right) => left.cost - right.cost)[0];
    });
    const usable = branches.filter((branch) => branch !== undefined);
    if (usable.length === branches.length && usable.length > 0) return { kind: "or", branches: usable };
  }
  return undefined;
}

function fieldBounds(index: OrderedIndex, position: number, bounds: readonly PathBound[]): readonly PathBound[] {
  const name = index.specification.fields[position]?.name;
  return bounds.filter((bound) => bound.path === name);
}

interface FieldIntervals {
  readonly intervals: readonly Interval[];
  readonly used: number;
}

/** Conditions on an array may each be met by another element, so only one of them narrows a multikey field. */
function intervalsOf(index: OrderedIndex, position: number, bounds: readonly PathBound[]): FieldIntervals | undefined {
  const own = fieldBounds(index, position, bounds);
  const [first, ...rest] = own;
  if (first === undefined) return undefined;
  if (index.multikey[position] === true) {
    const best = own.toSorted(
      (left, right) => Number(right.intervals.every(isPoint)) - Number(left.intervals.every(isPoint)),
    )[0];
    return { intervals: best?.intervals ?? first.intervals, used: 0 };
  }
  const intervals = rest.reduce<readonly Interval[]>(
    (left, right) => intersect(left, right.intervals),
    first.intervals,
  );
  return { intervals, used: own.filter((bound) => bound.isExact).length };
}

/** The plans that one index offers: none or one. */
function scansOf(index: OrderedIndex, analysis: Analysis, request: PlanRequest): IndexScan[] {
  const { bounds } = analysis;
  if (!hasEveryAnswer(index, bounds)) return [];
  const { fields } = index.specification;
  const chosen: (readonly Interval[])[] = [];
  let used = 0;
  let combinations = 1;
  for (let position = 0; position < fields.length; position += 1) {
    const found = intervalsOf(index, position, bounds);
    if (found === undefined || (position > 0 && combinations * found.intervals.length > mostScans)) break;
    chosen.push(found.intervals);
    used += found.used;
    combinations *= Math.max(1, found.intervals.length);
    if (!found.intervals.every(isPoint)) break;
  }
  const order = sortedBy(index, chosen, request.sort);
  if (chosen.length === 0 && (request.sort.length === 0 || order === undefined)) return [];
  const scan = {
    kind: "index" as const,
    index,
    bounds: chosen.length === 0 ? [fullRange] : chosen,
    backward: order?.backward ?? false,
    sorted: request.sort.length === 0 || order !== undefined,
    mergeFields: order?.mergeFields ?? 0,
  };
  const isFull = used === analysis.conditionCount;
  return [{ ...scan, cost: costOf(scan, request, isFull) }];
}

/** A sparse or partial index may be used only if the filter cannot want what it leaves out. */
function hasEveryAnswer(index: OrderedIndex, bounds: readonly PathBound[]): boolean {
  const { sparse, partialFilter, fields } = index.specification;
  if (sparse && !fields.some(({ name }) => bounds.some((bound) => bound.path === name && bound.requiresPresence)))
    return false;
  if (partialFilter === undefined) return true;
  return impliesPartial(partialFilter, bounds);
}

/** Whether whatever meets the filter's bounds also meets the index's partial filter. */
function impliesPartial(partialFilter: Document, bounds: readonly PathBound[]): boolean {
  const needed = analyse(partialFilter);
  if (needed.bounds.length < needed.conditionCount) return false;
  return needed.bounds.every((bound) =>
    bounds.some((own) => {
      if (own.path !== bound.path || (bound.requiresPresence && !own.requiresPresence)) return false;
      return within(own.intervals, bound.intervals);
    }),
  );
}

interface ProvidedOrder {
  readonly backward: boolean;
  readonly mergeFields: number;
}

/** Whether a scan with these bounds yields the sort's order: equal fields first, then the sort's, all one way or all the other. */
function sortedBy(
  index: OrderedIndex,
  bounds: readonly (readonly Interval[])[],
  sort: readonly SortField[],
): ProvidedOrder | undefined {
  if (sort.length === 0 || sort.some((field) => field.byTextScore)) return undefined;
  const { fields } = index.specification;
  const pointCount = bounds.findIndex((intervals) => !intervals.every(isPoint));
  const points = pointCount < 0 ? bounds.length : pointCount;
  const constant = new Set(
    fields
      .slice(0, points)
      .flatMap((field, position) =>
        bounds[position]?.length === 1 && index.multikey[position] !== true ? [field.name] : [],
      ),
  );
  const rest = sort.filter((field) => !constant.has(field.name));
  const merged = bounds.slice(0, points).reduce((product, intervals) => product * intervals.length, 1);
  for (let start = points; start >= 0; start -= 1) {
    const skipped = bounds.slice(0, start);
    const needsMerge = skipped.some((intervals) => intervals.length > 1);
    if (needsMerge && merged > mostMerged) continue;
    const direction = matchingDirection(index, start, rest, constant);
    if (direction !== undefined) return { backward: direction === -1, mergeFields: needsMerge ? start : 0 };
  }
  return undefined;
}

function matchingDirection(
  index: OrderedIndex,
  start: number,
  sort: readonly SortField[],
  constant: ReadonlySet<string>,
): 1 | -1 | undefined {
  const { fields } = index.specification;
  let direction: 1 | -1 | undefined;
  let position = start;
  for (const field of sort) {
    while (position < fields.length && constant.has(fields[position]?.name ?? "")) position += 1;
    const own = fields[position];
    if (own?.name !== field.name || index.multikey[position] === true) return undefined;
    const found = own.direction === field.direction ? 1 : -1;
    if (direction !== undefined && direction !== found) return undefined;
    direction = found;
    position += 1;
  }
  return direction ?? 1;
}

/** How many entries a scan is expected to look at; a sort afterwards counts on top. */
function costOf(scan: Omit<IndexScan, "cost">, request: PlanRequest, isFull: boolean): number {
  const entries = countEntries(scan);
  if (!scan.sorted) return entries * 3 + 10;
  if (request.wanted === undefined) return entries;
  return isFull ? Math.min(entries, request.wanted) : Math.min(entries, request.wanted * 10 + 5);
}

function countEntries(scan: Pick<IndexScan, "index" | "bounds">): number {
  const ranges = scanRanges(scan);
  return ranges.reduce((sum, { from, to }) => sum + scan.index.entries.distance(from, to), 0);
}

interface ScanRange {
  readonly from: { readonly chunk: number; readonly offset: number };
  readonly to: { readonly chunk: number; readonly offset: number };
}

/** The stretches of the index that a scan reads, in the index's order. */
export function scanRanges(scan: Pick<IndexScan, "index" | "bounds">): ScanRange[] {
  const { index, bounds } = scan;
  const { fields } = index.specification;
  let prefixes: unknown[][] = [[]];
  const ranges: ScanRange[] = [];
  for (const [position, ascending] of bounds.entries()) {
    const isForward = fields[position]?.direction === 1;
    const intervals = isForward ? ascending : ascending.toReversed();
    const isLast = position === bounds.length - 1;
    if (isLast) {
      for (const prefix of prefixes)
        for (const interval of intervals) ranges.push(rangeIn(index, prefix, interval, isForward));
    } else {
      prefixes = prefixes.flatMap((prefix) => intervals.map((interval) => [...prefix, interval.low]));
    }
  }
  return ranges;
}

function rangeIn(index: OrderedIndex, prefix: readonly unknown[], interval: Interval, isForward: boolean): ScanRange {
  const { low, lowIncluded, high, highIncluded } = interval;
  if (isForward)
    return { from: index.seek([...prefix, low], !lowIncluded), to: index.seek([...prefix, high], highIncluded) };
  return { from: index.seek([...prefix, high], !highIncluded), to: index.seek([...prefix, low], lowIncluded) };
}

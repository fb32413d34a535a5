import { MaxKey, MinKey } from "bson";
import { isOperatorObject } from "../engine/matcher.ts";
import { isTruthy } from "../engine/operators/truth.ts";
import { conjuncts } from "../engine/positional.ts";
import { isRegex, regexSource } from "../engine/regex.ts";
import { compareValues, type Document, isPlainObject, rank, rankOf, TypeBoundary, valueKey } from "../engine/values.ts";

/** A stretch of values in ascending order. A single value is an interval whose ends are equal and included. */
export interface Interval {
  readonly low: unknown;
  readonly lowIncluded: boolean;
  readonly high: unknown;
  readonly highIncluded: boolean;
}

/** What one condition says about one path. Always at least as wide as the condition: the filter itself is still applied. */
export interface PathBound {
  readonly path: string;
  readonly intervals: readonly Interval[];
  /** The condition cannot hold where the field is missing, so a sparse index has every answer. */
  readonly requiresPresence: boolean;
  /** Being within the intervals is all that the condition asks of a field that is not an array. */
  readonly isExact: boolean;
}

export function point(value: unknown): Interval {
  return { low: value, lowIncluded: true, high: value, highIncluded: true };
}

export function isPoint(interval: Interval): boolean {
  return interval.lowIncluded && interval.highIncluded && compareValues(interval.low, interval.high) === 0;
}

const everything: Interval = {
  low: new TypeBoundary(-1000),
  lowIncluded: true,
  high: new TypeBoundary(1000),
  highIncluded: true,
};

export const fullRange: readonly Interval[] = [everything];

const below = (value: unknown) => new TypeBoundary(rankOf(value) - 0.5);
const above = (value: unknown) => new TypeBoundary(rankOf(value) + 0.5);

/** What an index holds for a missing field, and so for null. */
const absent = point(null);

function acrossTypes(value: unknown): boolean {
  return value instanceof MinKey || value instanceof MaxKey;
}

function rangeOf(operator: string, value: unknown): Interval[] | undefined {
  const found = rankOf(value);
  if (found === rank.null || found === rank.missing) return operator === "$gte" || operator === "$lte" ? [absent] : [];
  if (found === rank.array || acrossTypes(value)) return undefined;
  switch (operator) {
    case "$gt":
      return [{ low: value, lowIncluded: false, high: above(value), highIncluded: true }];
    case "$gte":
      return [{ low: value, lowIncluded: true, high: above(value), highIncluded: true }];
    case "$lt":
      return [{ low: below(value), lowIncluded: true, high: value, highIncluded: false }];
    default:
      return [{ low: below(value), lowIncluded: true, high: value, highIncluded: true }];
  }
}

/** Points for a list of values, in order and each once; undefined if one of them cannot be looked up. */
function pointsOf(values: readonly unknown[]): Interval[] | undefined {
  if (values.some((value) => Array.isArray(value) || isRegex(value))) return undefined;
  const distinct = new Map(values.map((value) => [valueKey(value ?? null), value ?? null]));
  return [...distinct.values()].toSorted(compareValues).map(point);
}

/** Everything but the values: for `$ne` and `$nin`. */
function complementOf(values: readonly unknown[]): Interval[] | undefined {
  const points = pointsOf(values);
  if (points === undefined) return undefined;
  const intervals: Interval[] = [];
  let low: Interval = everything;
  for (const { low: value } of points) {
    intervals.push({ low: low.low, lowIncluded: low.lowIncluded, high: value, highIncluded: false });
    low = { ...everything, low: value, lowIncluded: false };
  }
  return [...intervals, low];
}

const literalPrefix = /^\^([\p{L}\p{N} _@:/,;<>=!'"%&~-]+)(.?)/u;

/** An anchored, case-sensitive expression begins with letters that an index can look up. */
function regexIntervals(pattern: string, options: string): Interval[] {
  const strings = [{ low: below(""), lowIncluded: true, high: above(""), highIncluded: true }];
  const match = options === "" && !pattern.includes("|") ? literalPrefix.exec(pattern) : null;
  const [, letters = "", next = ""] = match ?? [];
  const prefix = /[*?{]/.test(next) ? letters.slice(0, -1) : letters;
  if (prefix === "") return strings;
  return [{ low: prefix, lowIncluded: true, high: `${prefix}\u{10ffff}`, highIncluded: true }];
}

const typeExamples = new Map<unknown, unknown>([
  ["string", ""],
  [2, ""],
  ["number", 0],
  ["int", 0],
  ["long", 0],
  ["double", 0],
  ["date", new Date(0)],
  [9, new Date(0)],
  ["bool", true],
  [8, true],
]);

function typeIntervals(argument: unknown): Interval[] | undefined {
  const example = typeExamples.get(argument);
  if (example === undefined) return undefined;
  return [{ low: below(example), lowIncluded: true, high: above(example), highIncluded: true }];
}

interface OperatorBound {
  readonly intervals: readonly Interval[] | undefined;
  readonly isExact?: boolean;
  readonly requiresPresence?: boolean;
}

function excludesAbsent(values: readonly unknown[]): boolean {
  return values.some((value) => value === null || value === undefined);
}

function hasAbsent(intervals: readonly Interval[]): boolean {
  return intervals.some((interval) => isPoint(interval) && interval.low === null);
}

function boundOf(operator: string, argument: unknown): OperatorBound {
  switch (operator) {
    case "$eq":
      return { intervals: pointsOf([argument]), isExact: true };
    case "$in":
      return { intervals: Array.isArray(argument) ? pointsOf(argument) : undefined, isExact: true };
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      return { intervals: rangeOf(operator, argument), isExact: typeof argument !== "number" };
    case "$ne":
      return { intervals: complementOf([argument]), requiresPresence: argument === null };
    case "$nin":
      return Array.isArray(argument)
        ? { intervals: complementOf(argument), requiresPresence: excludesAbsent(argument) }
        : { intervals: undefined };
    case "$exists":
      return isTruthy(argument) ? { intervals: fullRange, requiresPresence: true } : { intervals: [absent] };
    case "$all":
      return {
        intervals:
          Array.isArray(argument) && !isOperatorObject(argument[0]) ? pointsOf(argument.slice(0, 1)) : undefined,
      };
    case "$type":
      return { intervals: typeIntervals(argument), requiresPresence: true };
    default:
      return { intervals: undefined };
  }
}

function pathBound(path: string, operator: string, argument: unknown): PathBound[] {
  const { intervals, isExact = false, requiresPresence } = boundOf(operator, argument);
  if (intervals === undefined) return [];
  return [{ path, intervals, isExact, requiresPresence: requiresPresence ?? !hasAbsent(intervals) }];
}

function operatorBounds(path: string, condition: Document): PathBound[] {
  return Object.entries(condition).flatMap(([operator, argument]) => {
    if (operator === "$options") return [];
    if (operator === "$regex") {
      const { pattern, options } = regexSource(argument, condition.$options);
      return [{ path, intervals: regexIntervals(pattern, options), isExact: false, requiresPresence: true }];
    }
    if (operator === "$elemMatch" && isPlainObject(argument)) {
      if (isOperatorObject(argument)) return operatorBounds(path, argument).map(inexact);
      return analyse(argument).bounds.map((bound) => inexact({ ...bound, path: `${path}.${bound.path}` }));
    }
    return pathBound(path, operator, argument);
  });
}

function inexact(bound: PathBound): PathBound {
  return { ...bound, isExact: false };
}

export interface Analysis {
  readonly bounds: readonly PathBound[];
  /** How many conditions the filter has, to tell whether bounds say all of them. */
  readonly conditionCount: number;
  /** The branches of a `$or` that all the rest is combined with. */
  readonly alternatives: readonly Document[][];
}

/** What a filter says about paths, in a form that indexes can serve. */
export function analyse(filter: Document): Analysis {
  const bounds: PathBound[] = [];
  const alternatives: Document[][] = [];
  let conditionCount = 0;
  for (const clause of conjuncts(filter)) {
    for (const [path, condition] of Object.entries(clause)) {
      if (path === "$or" && Array.isArray(condition)) alternatives.push(condition.filter(isPlainObject));
      conditionCount += isOperatorObject(condition) ? Object.keys(condition).length : 1;
      if (path.startsWith("$")) continue;
      if (isRegex(condition)) bounds.push(...operatorBounds(path, { $regex: condition }));
      else if (isOperatorObject(condition)) bounds.push(...operatorBounds(path, condition));
      else bounds.push(...pathBound(path, "$eq", condition));
    }
  }
  return { bounds, conditionCount, alternatives };
}

function later(a: Interval, b: Interval): Pick<Interval, "low" | "lowIncluded"> {
  const order = compareValues(a.low, b.low);
  if (order === 0) return { low: a.low, lowIncluded: a.lowIncluded && b.lowIncluded };
  return order > 0 ? a : b;
}

function earlier(a: Interval, b: Interval): Pick<Interval, "high" | "highIncluded"> {
  const order = compareValues(a.high, b.high);
  if (order === 0) return { high: a.high, highIncluded: a.highIncluded && b.highIncluded };
  return order < 0 ? a : b;
}

/** The values that are in both lists of intervals. */
export function intersect(left: readonly Interval[], right: readonly Interval[]): Interval[] {
  return left.flatMap((a) =>
    right.flatMap((b) => {
      const { low, lowIncluded } = later(a, b);
      const { high, highIncluded } = earlier(a, b);
      const order = compareValues(low, high);
      if (order > 0 || (order === 0 && !(lowIncluded && highIncluded))) return [];
      return [{ low, lowIncluded, high, highIncluded }];
    }),
  );
}

/** Whether every value of `inner` is in `outer`. */
export function within(inner: readonly Interval[], outer: readonly Interval[]): boolean {
  return inner.every((interval) => {
    const [common] = intersect([interval], outer);
    if (common === undefined) return false;
    const sameLow = compareValues(common.low, interval.low) === 0 && common.lowIncluded === interval.lowIncluded;
    return sameLow && compareValues(common.high, interval.high) === 0 && common.highIncluded === interval.highIncluded;
  });
}

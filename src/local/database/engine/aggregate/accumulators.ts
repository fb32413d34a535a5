import { commandError, numberedError, unsupported } from "../errors.ts";
import { compileExpression, type Evaluate, type Scope } from "../expression.ts";
import { averageOf, deviationOf, extremeOf, sumOf } from "../operators/arithmetic.ts";
import { mergeObjects } from "../operators/arrays.ts";
import { elementOrder } from "../operators/special-forms.ts";
import { compareValues, isNumeric, isPlainObject, toNumber, valueKey } from "../values.ts";

/** Collects one group's values and gives its result. */
export interface Accumulator {
  add(scope: Scope): void;
  result(): unknown;
}

export type MakeAccumulator = () => Accumulator;

type Reduce = (values: readonly unknown[]) => unknown;

const nullIfMissing = (value: unknown): unknown => (value === undefined ? null : value);

/** Those that look at all the values of a group at its end. A missing value is undefined here. */
const reductions: Readonly<Record<string, Reduce>> = {
  $sum: sumOf,
  $avg: averageOf,
  $min: (values) => extremeOf(values, -1),
  $max: (values) => extremeOf(values, 1),
  $push: (values) => values.filter((value) => value !== undefined),
  $addToSet: (values) => [
    ...new Map(values.filter((value) => value !== undefined).map((value) => [valueKey(value), value])).values(),
  ],
  $first: (values) => nullIfMissing(values[0]),
  $last: (values) => nullIfMissing(values.at(-1)),
  $stdDevPop: (values) => deviationOf(values, 0),
  $stdDevSamp: (values) => deviationOf(values, 1),
  $mergeObjects: (values) => mergeObjects(values),
};

function collecting(evaluate: Evaluate, reduce: Reduce): MakeAccumulator {
  return () => {
    const values: unknown[] = [];
    return { add: (scope) => values.push(evaluate(scope)), result: () => reduce(values) };
  };
}

const counted = new Set(["$firstN", "$lastN", "$maxN", "$minN"]);
const ordered = new Set(["$top", "$bottom", "$topN", "$bottomN"]);

function countOf(value: unknown): number {
  if (!isNumeric(value) || toNumber(value) < 1) throw numberedError(5787908, "'n' must be greater than 0");
  return toNumber(value);
}

function compileCounted(name: string, argument: unknown, names: readonly string[]): MakeAccumulator {
  if (!isPlainObject(argument)) throw numberedError(5787801, `specification must be an object; found ${name}`);
  const count = countOf(argument.n);
  return collecting(compileExpression(argument.input, names), (values) => {
    const present = values.filter((value) => value !== undefined && value !== null);
    if (name === "$firstN") return values.slice(0, count).map(nullIfMissing);
    if (name === "$lastN") return values.slice(-count).map(nullIfMissing);
    return present.toSorted((a, b) => compareValues(a, b) * (name === "$minN" ? 1 : -1)).slice(0, count);
  });
}

function compileOrdered(name: string, argument: unknown, names: readonly string[]): MakeAccumulator {
  if (!isPlainObject(argument)) throw numberedError(5788001, `specification must be an object; found ${name}`);
  const single = name === "$top" || name === "$bottom";
  const count = single ? 1 : countOf(argument.n);
  const order = elementOrder(argument.sortBy);
  const output = compileExpression(argument.output, names);
  const fromTop = name.startsWith("$top");
  return () => {
    const values: { root: unknown; output: unknown }[] = [];
    return {
      add: (scope) => values.push({ root: scope.root, output: nullIfMissing(output(scope)) }),
      result: () => {
        const sorted = values.toSorted((left, right) => order(left.root, right.root)).map((value) => value.output);
        const kept = fromTop ? sorted.slice(0, count) : sorted.slice(-count);
        return single ? nullIfMissing(kept[0]) : kept;
      },
    };
  };
}

/** Compiles `{$sum: …}` and the like. Throws 15952 for an unknown accumulator. */
export function compileAccumulator(specification: unknown, names: readonly string[]): MakeAccumulator {
  if (!isPlainObject(specification) || Object.keys(specification).length !== 1) {
    throw numberedError(40234, "The field must be an accumulator object");
  }
  const [name = ""] = Object.keys(specification);
  const argument = specification[name];
  const reduce = Object.hasOwn(reductions, name) ? reductions[name] : undefined;
  if (reduce !== undefined) return collecting(compileExpression(argument, names), reduce);
  if (name === "$count") {
    if (!isPlainObject(argument) || Object.keys(argument).length > 0)
      throw commandError("TypeMismatch", "$count takes no arguments, i.e. $count:{}");
    return collecting(() => 1, sumOf);
  }
  if (counted.has(name)) return compileCounted(name, argument, names);
  if (ordered.has(name)) return compileOrdered(name, argument, names);
  if (["$accumulator", "$median", "$percentile"].includes(name)) throw unsupported(`the accumulator ${name}`);
  throw numberedError(15952, `unknown group operator '${name}'`);
}

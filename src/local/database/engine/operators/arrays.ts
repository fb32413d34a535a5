import { numberedError } from "../errors.ts";
import type { FunctionOperator, NamedOperator } from "../expression.ts";
import {
  compareValues,
  type Document,
  equalValues,
  isNumeric,
  isPlainObject,
  setField,
  toNumber,
  typeName,
  valueKey,
} from "../values.ts";
import { isTruthy } from "./truth.ts";

const isNil = (value: unknown): boolean => value === null || value === undefined;

function arrayOf(operator: string, value: unknown, code = 28664): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw numberedError(code, `${operator}'s argument must be an array, but is ${typeName(value)}`);
  }
  return value;
}

function integerOf(operator: string, value: unknown): number {
  if (!isNumeric(value) || !Number.isInteger(toNumber(value))) {
    throw numberedError(28690, `${operator}'s argument must be representable as a 32-bit integer`);
  }
  return toNumber(value);
}

function elementAt(array: unknown, index: unknown): unknown {
  if (isNil(array) || isNil(index)) return null;
  return arrayOf("$arrayElemAt", array, 28689).at(integerOf("$arrayElemAt", index));
}

function slice(values: readonly unknown[]): unknown {
  if (values.some(isNil)) return null;
  const array = arrayOf("$slice", values[0], 28724);
  const first = integerOf("$slice", values[1]);
  if (values.length === 2) return first >= 0 ? array.slice(0, first) : array.slice(first);
  const count = integerOf("$slice", values[2]);
  if (count <= 0) throw numberedError(28729, "Third argument to $slice must be positive");
  const start = first >= 0 ? first : Math.max(0, array.length + first);
  return array.slice(start, start + count);
}

function concatenate(values: readonly unknown[]): unknown {
  if (values.some(isNil)) return null;
  return values.flatMap((value) => [...arrayOf("$concatArrays", value)]);
}

function indexOfArray([array, wanted, from, to]: readonly unknown[]): unknown {
  if (isNil(array)) return null;
  const items = arrayOf("$indexOfArray", array, 40090);
  const start = from === undefined ? 0 : integerOf("$indexOfArray", from);
  const end = to === undefined ? items.length : Math.min(items.length, integerOf("$indexOfArray", to));
  for (let index = start; index < end; index += 1) if (equalValues(items[index], wanted)) return index;
  return -1;
}

function range([from, to, by]: readonly unknown[]): unknown {
  const start = integerOf("$range", from);
  const end = integerOf("$range", to);
  const step = by === undefined ? 1 : integerOf("$range", by);
  if (step === 0) throw numberedError(34449, "$range requires a non-zero step value");
  const items: number[] = [];
  for (let value = start; step > 0 ? value < end : value > end; value += step) items.push(value);
  return items;
}

function objectToArray(value: unknown): unknown {
  if (isNil(value)) return null;
  if (!isPlainObject(value))
    throw numberedError(40390, `$objectToArray requires a document input, found: ${typeName(value)}`);
  return Object.entries(value).map(([k, v]) => ({ k, v }));
}

function arrayToObject(value: unknown): unknown {
  if (isNil(value)) return null;
  const result: Document = {};
  for (const item of arrayOf("$arrayToObject", value, 40386)) {
    const [name, content] = Array.isArray(item) ? item : isPlainObject(item) ? [item.k, item.v] : [];
    if (typeof name !== "string") throw numberedError(40395, "$arrayToObject requires an array of key-value pairs");
    setField(result, name, content);
  }
  return result;
}

/** Later documents win; null and missing ones are passed over. */
export function mergeObjects(values: readonly unknown[]): Document {
  const result: Document = {};
  for (const value of values) {
    if (isNil(value)) continue;
    if (!isPlainObject(value)) {
      throw numberedError(40400, `$mergeObjects requires object inputs, but input is of type ${typeName(value)}`);
    }
    for (const [name, content] of Object.entries(value)) setField(result, name, content);
  }
  return result;
}

function distinct(items: readonly unknown[]): unknown[] {
  const seen = new Map(items.map((item) => [valueKey(item), item]));
  return [...seen.values()].sort(compareValues);
}

function keysOf(operator: string, value: unknown): Set<string> {
  return new Set(arrayOf(operator, value, 17048).map(valueKey));
}

function intersection(values: readonly unknown[]): unknown {
  if (values.some(isNil)) return null;
  const sets = values.map((value) => keysOf("$setIntersection", value));
  const [first] = values;
  return distinct(
    arrayOf("$setIntersection", first ?? []).filter((item) => sets.every((set) => set.has(valueKey(item)))),
  );
}

function difference([left, right]: readonly unknown[]): unknown {
  if (isNil(left) || isNil(right)) return null;
  const removed = keysOf("$setDifference", right);
  const seen = new Set<string>();
  return arrayOf("$setDifference", left).filter((item) => {
    const key = valueKey(item);
    if (removed.has(key) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function setEquals(values: readonly unknown[]): boolean {
  const [first, ...rest] = values.map((value) => keysOf("$setEquals", value));
  return rest.every((set) => first !== undefined && set.size === first.size && [...set].every((key) => first.has(key)));
}

function zip(options: Readonly<Document>): unknown {
  if (isNil(options.inputs)) return null;
  const inputs = arrayOf("$zip", options.inputs, 34461);
  if (inputs.some(isNil)) return null;
  const arrays = inputs.map((input) => arrayOf("$zip", input, 34468));
  const lengths = arrays.map((array) => array.length);
  const length = options.useLongestLength === true ? Math.max(...lengths) : Math.min(...lengths);
  const defaults = Array.isArray(options.defaults) ? options.defaults : [];
  return Array.from({ length }, (_, index) =>
    arrays.map((array, field) => (index < array.length ? array[index] : (defaults[field] ?? null))),
  );
}

const picked = (pick: (items: readonly unknown[], count: number) => unknown[]): NamedOperator => ({
  required: ["n", "input"],
  optional: [],
  apply: ({ n, input }) => pick(arrayOf("$firstN", input, 5788200), integerOf("$firstN", n)),
});

const exactly = (count: number, apply: (...values: unknown[]) => unknown): FunctionOperator => ({
  minimum: count,
  maximum: count,
  apply: (values) => apply(...values),
});

const many = (minimum: number, maximum: number, apply: FunctionOperator["apply"]): FunctionOperator => ({
  minimum,
  maximum,
  apply,
});

export const arrayFunctions: Readonly<Record<string, FunctionOperator>> = {
  $arrayElemAt: exactly(2, elementAt),
  $first: exactly(1, (value) => elementAt(value, 0)),
  $last: exactly(1, (value) => elementAt(value, -1)),
  $size: exactly(1, (value) => arrayOf("The argument to $size", value, 17124).length),
  $isArray: exactly(1, (value) => Array.isArray(value)),
  $in: exactly(2, (wanted, array) => arrayOf("$in", array, 40081).some((item) => equalValues(item, wanted))),
  $slice: many(2, 3, slice),
  $concatArrays: many(0, Number.POSITIVE_INFINITY, concatenate),
  $indexOfArray: many(2, 4, indexOfArray),
  $range: many(2, 3, range),
  $reverseArray: exactly(1, (value) => (isNil(value) ? null : arrayOf("$reverseArray", value, 34435).toReversed())),
  $objectToArray: exactly(1, objectToArray),
  $arrayToObject: exactly(1, arrayToObject),
  $mergeObjects: many(0, Number.POSITIVE_INFINITY, (values) => {
    const [first] = values;
    return mergeObjects(values.length === 1 && Array.isArray(first) ? first : values);
  }),
  $setUnion: many(0, Number.POSITIVE_INFINITY, (values) =>
    values.some(isNil) ? null : distinct(values.flatMap((value) => [...arrayOf("$setUnion", value, 17043)])),
  ),
  $setIntersection: many(0, Number.POSITIVE_INFINITY, intersection),
  $setDifference: many(2, 2, difference),
  $setEquals: many(2, Number.POSITIVE_INFINITY, setEquals),
  $setIsSubset: exactly(2, (left, right) => {
    const set = keysOf("$setIsSubset", right);
    return arrayOf("$setIsSubset", left, 17046).every((item) => set.has(valueKey(item)));
  }),
  $anyElementTrue: exactly(1, (value) => arrayOf("$anyElementTrue", value, 17041).some(isTruthy)),
  $allElementsTrue: exactly(1, (value) => arrayOf("$allElementsTrue", value, 17040).every(isTruthy)),
};

export const arrayNamedFunctions: Readonly<Record<string, NamedOperator>> = {
  $zip: { required: ["inputs"], optional: ["useLongestLength", "defaults"], apply: zip },
  $firstN: picked((items, count) => items.slice(0, count)),
  $lastN: picked((items, count) => items.slice(-count)),
  $maxN: picked((items, count) =>
    items
      .filter((item) => !isNil(item))
      .toSorted((a, b) => compareValues(b, a))
      .slice(0, count),
  ),
  $minN: picked((items, count) =>
    items
      .filter((item) => !isNil(item))
      .toSorted(compareValues)
      .slice(0, count),
  ),
};

import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from "bson";
import { unsupported } from "./errors.ts";

/** A document as this server holds it: plain objects, arrays, numbers and the classes of `bson`. Never changed once stored. */
export type Document = Record<string, unknown>;

/** Marks a document that a `$text` search found with its score, for `$meta: "textScore"`. */
export const textScore = Symbol("textScore");

/** A position between the types in an index: before or after every value of one rank. Lives only in index bounds. */
export class TypeBoundary {
  readonly rank: number;
  constructor(rank: number) {
    this.rank = rank;
  }
}

/** The canonical order of BSON types. Source: canonicalizeBSONType in MongoDB's bsontypes.h. */
export const rank = {
  minKey: -1,
  missing: 0,
  null: 5,
  number: 10,
  string: 15,
  object: 20,
  array: 25,
  binData: 30,
  objectId: 35,
  bool: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  dbRef: 55,
  code: 60,
  maxKey: 127,
} as const;

export function isPlainObject(value: unknown): value is Document {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export function isNumeric(value: unknown): value is number | Long {
  return typeof value === "number" || (value instanceof Long && !(value instanceof Timestamp));
}

/** A number as JavaScript sees it. Long values beyond 2^53 lose their last digits here. */
export function toNumber(value: number | Long): number {
  return typeof value === "number" ? value : value.toNumber();
}

function rankOfClass(value: object): number {
  if (value instanceof Date) return rank.date;
  if (value instanceof ObjectId) return rank.objectId;
  if (value instanceof Binary || value instanceof Uint8Array) return rank.binData;
  if (value instanceof Timestamp) return rank.timestamp;
  if (value instanceof Long || value instanceof Int32 || value instanceof Double) return rank.number;
  if (value instanceof BSONRegExp || value instanceof RegExp) return rank.regex;
  if (value instanceof MinKey) return rank.minKey;
  if (value instanceof MaxKey) return rank.maxKey;
  if (value instanceof TypeBoundary) return value.rank;
  if (value instanceof BSONSymbol) return rank.string;
  if (value instanceof DBRef) return rank.object;
  if (value instanceof Code) return rank.code;
  if (value instanceof Decimal128) return rank.number;
  return rank.object;
}

/** The place of a value's type in MongoDB's order; `undefined` stands for a missing field. */
export function rankOf(value: unknown): number {
  switch (typeof value) {
    case "string":
      return rank.string;
    case "number":
      return rank.number;
    case "boolean":
      return rank.bool;
    case "undefined":
      return rank.missing;
    default:
      if (value === null) return rank.null;
      if (Array.isArray(value)) return rank.array;
      if (isPlainObject(value)) return rank.object;
      return rankOfClass(value as object);
  }
}

const namesByRank = new Map<number, string>([
  [rank.minKey, "minKey"],
  [rank.missing, "missing"],
  [rank.null, "null"],
  [rank.string, "string"],
  [rank.object, "object"],
  [rank.array, "array"],
  [rank.binData, "binData"],
  [rank.objectId, "objectId"],
  [rank.bool, "bool"],
  [rank.date, "date"],
  [rank.timestamp, "timestamp"],
  [rank.regex, "regex"],
  [rank.code, "javascript"],
  [rank.maxKey, "maxKey"],
]);

/** The BSON type that the driver would send for this value; "missing" for undefined. */
export function typeName(value: unknown): string {
  if (typeof value === "number") {
    const isInt32 = Number.isInteger(value) && value >= -0x80000000 && value <= 0x7fffffff && !Object.is(value, -0);
    return isInt32 ? "int" : "double";
  }
  const found = rankOf(value);
  if (found === rank.number) return value instanceof Long ? "long" : "decimal";
  return namesByRank.get(found) ?? "object";
}

const surrogates = /[\ud800-\udfff]/;

/** Order of UTF-8 bytes, which is MongoDB's; UTF-16 order differs only where surrogates occur. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  if (surrogates.test(left) || surrogates.test(right)) return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return left < right ? -1 : 1;
}

/** A 64-bit integer and a number that look equal as doubles. */
function compareExactly(left: number | Long, right: number | Long): number {
  const difference = BigInt(left.toString()) - BigInt(right.toString());
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

function compareNumbers(left: number | Long, right: number | Long): number {
  if (left instanceof Decimal128 || right instanceof Decimal128) throw unsupported("comparing Decimal128");
  if (typeof left !== "number" && typeof right !== "number") return left.compare(right);
  const a = toNumber(left);
  const b = toNumber(right);
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return typeof left === typeof right || Number.isSafeInteger(a) ? 0 : compareExactly(left, right);
  const leftIsNaN = Number.isNaN(a);
  if (leftIsNaN && Number.isNaN(b)) return 0;
  return leftIsNaN ? -1 : 1;
}

function compareArrays(left: readonly unknown[], right: readonly unknown[]): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const order = compareValues(left[index], right[index]);
    if (order !== 0) return order;
  }
  return Math.sign(left.length - right.length);
}

/** Field by field in stored order: type, then name, then value; so `{a, b}` and `{b, a}` differ. */
function compareDocuments(left: Document, right: Document): number {
  const leftNames = Object.keys(left);
  const rightNames = Object.keys(right);
  const length = Math.min(leftNames.length, rightNames.length);
  for (let index = 0; index < length; index += 1) {
    const leftName = leftNames[index] ?? "";
    const rightName = rightNames[index] ?? "";
    const a = left[leftName];
    const b = right[rightName];
    const order = rankOf(a) - rankOf(b) || compareStrings(leftName, rightName) || compareValues(a, b);
    if (order !== 0) return Math.sign(order);
  }
  return Math.sign(leftNames.length - rightNames.length);
}

function bytesOf(value: unknown): { bytes: Uint8Array; subType: number } {
  if (value instanceof Binary) return { bytes: value.value(), subType: value.sub_type };
  return { bytes: value as Uint8Array, subType: 0 };
}

function compareBinaries(left: unknown, right: unknown): number {
  const a = bytesOf(left);
  const b = bytesOf(right);
  return Math.sign(a.bytes.length - b.bytes.length || a.subType - b.subType) || Buffer.compare(a.bytes, b.bytes);
}

function regexParts(value: unknown): [pattern: string, options: string] {
  if (value instanceof BSONRegExp) return [value.pattern, value.options];
  const expression = value as RegExp;
  return [expression.source, expression.flags];
}

function compareRegexes(left: unknown, right: unknown): number {
  const [leftPattern, leftOptions] = regexParts(left);
  const [rightPattern, rightOptions] = regexParts(right);
  return compareStrings(leftPattern, rightPattern) || compareStrings(leftOptions, rightOptions);
}

function compareSameRank(found: number, left: unknown, right: unknown): number {
  switch (found) {
    case rank.string:
      return compareStrings(String(left), String(right));
    case rank.number:
      return compareNumbers(left as number, right as number);
    case rank.object:
      return compareDocuments(left as Document, right as Document);
    case rank.array:
      return compareArrays(left as unknown[], right as unknown[]);
    case rank.binData:
      return compareBinaries(left, right);
    case rank.objectId:
      return Buffer.compare((left as ObjectId).id, (right as ObjectId).id);
    case rank.bool:
      return Number(left) - Number(right);
    case rank.date:
      return Math.sign((left as Date).getTime() - (right as Date).getTime());
    case rank.timestamp:
      return (left as Timestamp).compare(right as Timestamp);
    case rank.regex:
      return compareRegexes(left, right);
    case rank.code:
      return compareStrings(String((left as Code).code), String((right as Code).code));
    default:
      return 0;
  }
}

/** MongoDB's total order over all values: negative, zero or positive. A missing value (undefined) precedes null. */
export function compareValues(left: unknown, right: unknown): number {
  if (typeof left === "string" && typeof right === "string") return compareStrings(left, right);
  const leftRank = rankOf(left);
  const rightRank = rankOf(right);
  if (leftRank !== rightRank) return leftRank < rightRank ? -1 : 1;
  return compareSameRank(leftRank, left, right);
}

export function equalValues(left: unknown, right: unknown): boolean {
  return left === right || compareValues(left, right) === 0;
}

function classKey(value: object): string {
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof ObjectId) return `o${value.toHexString()}`;
  if (value instanceof Timestamp) return `t${value.toString()}`;
  if (value instanceof Long) return `n${value.toString()}`;
  if (value instanceof MinKey) return "-";
  if (value instanceof MaxKey) return "+";
  if (value instanceof BSONRegExp || value instanceof RegExp) return `r${JSON.stringify(regexParts(value))}`;
  if (value instanceof Code) return `c${JSON.stringify(value.code)}`;
  const { bytes, subType } = bytesOf(value);
  return `x${subType}:${Buffer.from(bytes).toString("base64")}`;
}

/** A string that two values share exactly when MongoDB holds them equal: for `_id` maps, `$group`, sets and `$in`. */
export function valueKey(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `s${value}`;
    case "number":
      return value === 0 ? "n0" : `n${value}`;
    case "boolean":
      return value ? "b1" : "b0";
    case "undefined":
      return "u";
    default:
      break;
  }
  if (value === null) return "z";
  if (Array.isArray(value)) return `[${value.map(nestedKey).join(",")}]`;
  if (isPlainObject(value)) {
    return `{${Object.keys(value)
      .map((name) => `${JSON.stringify(name)}:${nestedKey(value[name])}`)
      .join(",")}}`;
  }
  return classKey(value as object);
}

function nestedKey(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : valueKey(value);
}

/** Assigns a field even when it is called `__proto__`. */
export function setField(target: Document, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

/** The field's own value, never one inherited from Object.prototype. */
export function getField(source: Document, name: string): unknown {
  return Object.hasOwn(source, name) ? source[name] : undefined;
}

/** A copy whose objects and arrays may be changed; dates, ids and other leaves are shared, being never changed. */
export function deepCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => deepCopy(item)) as T;
  if (!isPlainObject(value)) return value;
  const copy: Document = {};
  for (const name of Object.keys(value)) setField(copy, name, deepCopy(value[name]));
  return copy as T;
}

/** A value as it appears in an error message, shortened. */
export function describe(value: unknown): string {
  const text =
    JSON.stringify(value, (_, item: unknown) => (item instanceof Long ? item.toString() : item)) ?? "missing";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

import { Long } from "bson";
import { commandError, numberedError } from "../errors.ts";
import type { FunctionOperator } from "../expression.ts";
import { compareValues, isNumeric, toNumber, typeName } from "../values.ts";

const isNil = (value: unknown): boolean => value === null || value === undefined;

function mismatch(operator: string, value: unknown) {
  return commandError("TypeMismatch", `${operator} only supports numeric types, not ${typeName(value)}`);
}

const wholeLimit = 2 ** 53;

/** Adds or multiplies; whole results beyond 2^53 stay exact as Long, as a server's 64-bit integers do. */
export function exact(
  left: number | Long,
  right: number | Long,
  operation: "add" | "subtract" | "multiply",
): number | Long {
  if (typeof left === "number" && typeof right === "number") {
    const plain = operation === "add" ? left + right : operation === "subtract" ? left - right : left * right;
    const isExact = Math.abs(plain) < wholeLimit || Math.max(Math.abs(left), Math.abs(right)) > wholeLimit;
    if (isExact || Math.abs(plain) >= 2 ** 63 || Number.isNaN(plain)) return plain;
  }
  if (!isWhole(left) || !isWhole(right)) {
    const [a, b] = [toNumber(left), toNumber(right)];
    return operation === "add" ? a + b : operation === "subtract" ? a - b : a * b;
  }
  const result = asLong(left)[operation](asLong(right));
  return Number.isSafeInteger(result.toNumber()) ? result.toNumber() : result;
}

function isWhole(value: number | Long): boolean {
  return typeof value !== "number" || Number.isInteger(value);
}

function asLong(value: number | Long): Long {
  return typeof value === "number" ? Long.fromNumber(value) : value;
}

function numberOr(operator: string, value: unknown): number | Long {
  if (!isNumeric(value)) throw mismatch(operator, value);
  return value;
}

function addAll(values: readonly unknown[]): unknown {
  if (values.some(isNil)) return null;
  const dates = values.filter((value) => value instanceof Date);
  if (dates.length > 1) throw numberedError(16612, "only one date allowed in an $add expression");
  let sum: number | Long = 0;
  for (const value of values) {
    if (!(value instanceof Date)) sum = exact(sum, numberOr("$add", value), "add");
  }
  const [date] = dates;
  return date === undefined ? sum : new Date(date.getTime() + Math.round(toNumber(sum)));
}

function subtract(left: unknown, right: unknown): unknown {
  if (isNil(left) || isNil(right)) return null;
  if (left instanceof Date) {
    if (right instanceof Date) return left.getTime() - right.getTime();
    return new Date(left.getTime() - Math.round(toNumber(numberOr("$subtract", right))));
  }
  if (!isNumeric(left) || !isNumeric(right)) {
    throw commandError("TypeMismatch", `can't $subtract ${typeName(right)} from ${typeName(left)}`);
  }
  return exact(left, right, "subtract");
}

function divide(left: unknown, right: unknown): unknown {
  if (isNil(left) || isNil(right)) return null;
  if (!isNumeric(left) || !isNumeric(right)) {
    throw commandError(
      "TypeMismatch",
      `$divide only supports numeric types, not ${typeName(left)} and ${typeName(right)}`,
    );
  }
  if (toNumber(right) === 0) throw commandError("BadValue", "can't $divide by zero");
  return toNumber(left) / toNumber(right);
}

function modulo(left: unknown, right: unknown): unknown {
  if (isNil(left) || isNil(right)) return null;
  if (!isNumeric(left) || !isNumeric(right)) {
    throw commandError(
      "TypeMismatch",
      `$mod only supports numeric types, not ${typeName(left)} and ${typeName(right)}`,
    );
  }
  if (toNumber(right) === 0) throw numberedError(16610, "can't $mod by zero");
  return toNumber(left) % toNumber(right);
}

/** Digits after the point that show every double of ordinary size exactly. */
const exactDigits = 100;

/**
 * Cuts a number to decimal places on its exact value, as MongoDB does by way of Decimal128: 1.255 is a little less than
 * it looks, and becomes 1.25. Halves are rounded to the even neighbour.
 */
function toDecimalPlace(value: number, place: number, isRounded: boolean): number {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value) || (magnitude >= 1e21 && place >= 0)) return value;
  const digits =
    magnitude >= 1e21
      ? BigInt(magnitude) * 10n ** BigInt(exactDigits)
      : BigInt(magnitude.toFixed(exactDigits).replace(".", ""));
  const unit = 10n ** BigInt(exactDigits - place);
  let whole = digits / unit;
  const rest = (digits % unit) * 2n;
  if (isRounded && (rest > unit || (rest === unit && whole % 2n === 1n))) whole += 1n;
  return Number(`${value < 0 ? "-" : ""}${whole}e${-place}`);
}

function toPlace(operator: "$round" | "$trunc", value: unknown, place: unknown): unknown {
  if (isNil(value) || place === null) return null;
  const number = toNumber(numberOr(operator, value));
  const digits = place === undefined ? 0 : toNumber(numberOr(operator, place));
  if (!Number.isInteger(digits) || digits < -20 || digits > 100) {
    throw numberedError(51083, `cannot apply ${operator} with precision value ${digits} value must be in [-20, 100]`);
  }
  return toDecimalPlace(number, digits, operator === "$round");
}

const unary = (operator: string, calculate: (value: number) => number): FunctionOperator => ({
  minimum: 1,
  maximum: 1,
  apply: ([value]) => (isNil(value) ? null : calculate(toNumber(numberOr(operator, value)))),
});

const binary = (apply: (left: unknown, right: unknown) => unknown): FunctionOperator => ({
  minimum: 2,
  maximum: 2,
  apply: ([left, right]) => apply(left, right),
});

const logarithm = (operator: string, calculate: (value: number) => number): FunctionOperator =>
  unary(operator, (value) => {
    if (value <= 0) throw numberedError(28766, `${operator}'s argument must be a positive number, but is ${value}`);
    return calculate(value);
  });

/** With one argument that is an array, its elements; otherwise the arguments themselves. */
function spread(values: readonly unknown[]): readonly unknown[] {
  const [first] = values;
  return values.length === 1 && Array.isArray(first) ? first : values;
}

const overAll = (apply: (values: readonly unknown[]) => unknown): FunctionOperator => ({
  minimum: 1,
  maximum: Number.POSITIVE_INFINITY,
  apply: (values) => apply(spread(values)),
});

/** `$sum` ignores what is not a number. */
export function sumOf(values: readonly unknown[]): number | Long {
  let sum: number | Long = 0;
  for (const value of values) if (isNumeric(value)) sum = exact(sum, value, "add");
  return sum;
}

/** `$avg` ignores what is not a number; of no numbers it is null. */
export function averageOf(values: readonly unknown[]): number | null {
  const numbers = values.filter(isNumeric);
  return numbers.length === 0 ? null : toNumber(sumOf(numbers)) / numbers.length;
}

/** `$min` (-1) and `$max` (1) ignore null and missing; of nothing they are null. */
export function extremeOf(values: readonly unknown[], sign: 1 | -1): unknown {
  let best: unknown = null;
  for (const value of values) {
    if (!isNil(value) && (best === null || compareValues(value, best) * sign > 0)) best = value;
  }
  return best;
}

/** Standard deviation of the population (0) or of a sample (1); null when there are too few numbers. */
export function deviationOf(values: readonly unknown[], sample: 0 | 1): number | null {
  const numbers = values.filter(isNumeric).map(toNumber);
  if (numbers.length <= sample) return null;
  const mean = toNumber(sumOf(numbers)) / numbers.length;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (numbers.length - sample));
}

export const arithmeticFunctions: Readonly<Record<string, FunctionOperator>> = {
  $abs: unary("$abs", Math.abs),
  $ceil: unary("$ceil", Math.ceil),
  $floor: unary("$floor", Math.floor),
  $exp: unary("$exp", Math.exp),
  $sqrt: unary("$sqrt", (value) => {
    if (value < 0) throw numberedError(28714, "$sqrt's argument must be greater than or equal to 0");
    return Math.sqrt(value);
  }),
  $ln: logarithm("$ln", Math.log),
  $log10: logarithm("$log10", Math.log10),
  $log: binary((value, base) =>
    isNil(value) || isNil(base)
      ? null
      : Math.log(toNumber(numberOr("$log", value))) / Math.log(toNumber(numberOr("$log", base))),
  ),
  $pow: binary((base, exponent) =>
    isNil(base) || isNil(exponent) ? null : toNumber(numberOr("$pow", base)) ** toNumber(numberOr("$pow", exponent)),
  ),
  $add: { minimum: 0, maximum: Number.POSITIVE_INFINITY, apply: addAll },
  $multiply: {
    minimum: 0,
    maximum: Number.POSITIVE_INFINITY,
    apply: (values) =>
      values.some(isNil)
        ? null
        : values.reduce<number | Long>((product, value) => exact(product, numberOr("$multiply", value), "multiply"), 1),
  },
  $subtract: binary(subtract),
  $divide: binary(divide),
  $mod: binary(modulo),
  $round: {
    minimum: 1,
    maximum: 2,
    apply: (values) => toPlace("$round", values[0], values.length < 2 ? undefined : (values[1] ?? null)),
  },
  $trunc: {
    minimum: 1,
    maximum: 2,
    apply: (values) => toPlace("$trunc", values[0], values.length < 2 ? undefined : (values[1] ?? null)),
  },
  $sum: overAll(sumOf),
  $avg: overAll(averageOf),
  $min: overAll((values) => extremeOf(values, -1)),
  $max: overAll((values) => extremeOf(values, 1)),
  $stdDevPop: overAll((values) => deviationOf(values, 0)),
  $stdDevSamp: overAll((values) => deviationOf(values, 1)),
  $rand: { minimum: 0, maximum: 1, apply: () => Math.random() },
};

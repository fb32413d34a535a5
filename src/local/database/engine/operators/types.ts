import { Binary, Long, ObjectId, Timestamp } from "bson";
import { commandError } from "../errors.ts";
import type { FunctionOperator, NamedOperator } from "../expression.ts";
import { typeNamesOf } from "../type-names.ts";
import { isNumeric, toNumber, typeName } from "../values.ts";
import { conversionFailure } from "./strings.ts";
import { isTruthy } from "./truth.ts";

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || isNumeric(value)) return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID) return value.toUUID().toHexString();
  throw conversionFailure(value, "string");
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function parseNumber(value: string, target: string): number {
  const special = new Map([
    ["nan", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["-infinity", Number.NEGATIVE_INFINITY],
  ]);
  const found = special.get(value.toLowerCase());
  if (found !== undefined && target === "double") return found;
  const whole = /^[+-]?\d+$/;
  if (!(target === "double" ? decimal : whole).test(value)) {
    throw commandError("ConversionFailure", `Failed to parse number '${value}' in $convert with no onError value`);
  }
  return Number(value);
}

function toDouble(value: unknown): number {
  if (isNumeric(value)) return toNumber(value);
  if (typeof value === "boolean") return Number(value);
  if (value instanceof Date) return value.getTime();
  if (typeof value === "string") return parseNumber(value, "double");
  throw conversionFailure(value, "double");
}

function toInteger(value: unknown, target: "int" | "long"): number | Long {
  if (value instanceof Long && !(value instanceof Timestamp) && target === "long") return value;
  if (value instanceof Date && target === "int") throw conversionFailure(value, "int");
  const number = Math.trunc(typeof value === "string" ? parseNumber(value, target) : toDouble(value));
  const limit = target === "int" ? 2 ** 31 : 2 ** 63;
  if (!(number >= -limit && number < limit)) {
    throw commandError("ConversionFailure", "Conversion would overflow target type in $convert with no onError value");
  }
  return number;
}

/** Parses the ISO forms that MongoDB takes; without a zone the time is UTC. */
export function parseDate(value: string): Date {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/.exec(
    value.trim(),
  );
  const zone = match?.[3]?.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2") ?? "Z";
  const date = match === null ? undefined : new Date(`${match[1]}T${match[2] ?? "00:00"}${zone}`);
  if (date === undefined || Number.isNaN(date.getTime())) {
    throw commandError("ConversionFailure", `Error parsing date string '${value}' in $convert with no onError value`);
  }
  return date;
}

function toDate(value: unknown): Date {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date(value.getHighBits() * 1000);
  if (typeof value === "string") return parseDate(value);
  if (isNumeric(value) && typeName(value) !== "int") return new Date(Math.trunc(toNumber(value)));
  throw conversionFailure(value, "date");
}

function toObjectId(value: unknown): ObjectId {
  if (value instanceof ObjectId) return value;
  if (typeof value !== "string") throw conversionFailure(value, "objectId");
  if (!/^[0-9a-f]{24}$/i.test(value)) {
    throw commandError("ConversionFailure", `Failed to parse objectId '${value}' in $convert with no onError value`);
  }
  return ObjectId.createFromHexString(value);
}

const conversions: Readonly<Record<string, (value: unknown) => unknown>> = {
  string: toText,
  double: toDouble,
  int: (value) => toInteger(value, "int"),
  long: (value) => toInteger(value, "long"),
  bool: (value) => (isNumeric(value) || typeof value === "boolean" ? isTruthy(value) : true),
  date: toDate,
  objectId: toObjectId,
};

function convert(value: unknown, target: string): unknown {
  const conversion = Object.hasOwn(conversions, target) ? conversions[target] : undefined;
  if (conversion === undefined)
    throw commandError("BadValue", `$convert to ${target} is not supported by the embedded development server`);
  return value === null || value === undefined ? null : conversion(value);
}

const to = (target: string): FunctionOperator => ({
  minimum: 1,
  maximum: 1,
  apply: ([value]) => convert(value, target),
});

export const typeFunctions: Readonly<Record<string, FunctionOperator>> = {
  $type: { minimum: 1, maximum: 1, apply: ([value]) => typeName(value) },
  $isNumber: { minimum: 1, maximum: 1, apply: ([value]) => isNumeric(value) },
  $toString: to("string"),
  $toDouble: to("double"),
  $toInt: to("int"),
  $toLong: to("long"),
  $toBool: to("bool"),
  $toDate: to("date"),
  $toObjectId: to("objectId"),
};

export const typeNamedFunctions: Readonly<Record<string, NamedOperator>> = {
  $convert: {
    required: ["input", "to"],
    optional: ["onError", "onNull"],
    apply: (options) => {
      if (options.to === null) return null;
      const [target = ""] = typeNamesOf(options.to);
      if (options.input === null) return options.onNull ?? null;
      try {
        return convert(options.input, target);
      } catch (error) {
        if (Object.hasOwn(options, "onError")) return options.onError;
        throw error;
      }
    },
  },
};

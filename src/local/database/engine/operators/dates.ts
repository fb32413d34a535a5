import { ObjectId, Timestamp } from "bson";
import { commandError, numberedError } from "../errors.ts";
import type { NamedOperator } from "../expression.ts";
import { type Document, isNumeric, toNumber, typeName } from "../values.ts";
import { addUnits, differenceIn, startOfUnit } from "./calendar.ts";
import { parseDate } from "./types.ts";
import { fromZone, intoZone, offsetMinutes } from "./zones.ts";

const isNil = (value: unknown): boolean => value === null || value === undefined;

function dateOf(value: unknown): Date {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date(value.getHighBits() * 1000);
  throw numberedError(16006, `can't convert from BSON type ${typeName(value)} to Date`);
}

function zoneOf(options: Readonly<Document>): string {
  if (options.timezone === undefined) return "UTC";
  if (typeof options.timezone !== "string") throw numberedError(40517, "timezone must evaluate to a string");
  return options.timezone;
}

const millisecondsADay = 86_400_000;

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / millisecondsADay) + 1;
}

const isoDayOfWeek = (date: Date): number => date.getUTCDay() || 7;

/** The Thursday of the same ISO week: its year is the ISO year. */
function isoThursday(date: Date): Date {
  return new Date(date.getTime() + (4 - isoDayOfWeek(date)) * millisecondsADay);
}

const isoWeek = (date: Date): number => Math.ceil(dayOfYear(isoThursday(date)) / 7);
const isoWeekYear = (date: Date): number => isoThursday(date).getUTCFullYear();
/** Weeks begin on Sunday; days before the first Sunday are week 0. */
const week = (date: Date): number => Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7);

const parts: Readonly<Record<string, (date: Date) => number>> = {
  $year: (date) => date.getUTCFullYear(),
  $month: (date) => date.getUTCMonth() + 1,
  $dayOfMonth: (date) => date.getUTCDate(),
  $hour: (date) => date.getUTCHours(),
  $minute: (date) => date.getUTCMinutes(),
  $second: (date) => date.getUTCSeconds(),
  $millisecond: (date) => date.getUTCMilliseconds(),
  $dayOfYear: dayOfYear,
  $dayOfWeek: (date) => date.getUTCDay() + 1,
  $isoDayOfWeek: isoDayOfWeek,
  $isoWeek: isoWeek,
  $isoWeekYear: isoWeekYear,
  $week: week,
};

const pad = (value: number, width: number): string => String(value).padStart(width, "0");
const monthNames = "January February March April May June July August September October November December".split(" ");

function formatOffset(minutes: number): string {
  const absolute = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${pad(Math.floor(absolute / 60), 2)}${pad(absolute % 60, 2)}`;
}

const formats: Readonly<Record<string, (local: Date, offset: number) => string>> = {
  Y: (date) => pad(date.getUTCFullYear(), 4),
  G: (date) => pad(isoWeekYear(date), 4),
  m: (date) => pad(date.getUTCMonth() + 1, 2),
  d: (date) => pad(date.getUTCDate(), 2),
  H: (date) => pad(date.getUTCHours(), 2),
  M: (date) => pad(date.getUTCMinutes(), 2),
  S: (date) => pad(date.getUTCSeconds(), 2),
  L: (date) => pad(date.getUTCMilliseconds(), 3),
  j: (date) => pad(dayOfYear(date), 3),
  u: (date) => String(isoDayOfWeek(date)),
  w: (date) => String(date.getUTCDay() + 1),
  U: (date) => pad(week(date), 2),
  V: (date) => pad(isoWeek(date), 2),
  b: (date) => (monthNames[date.getUTCMonth()] ?? "").slice(0, 3),
  B: (date) => monthNames[date.getUTCMonth()] ?? "",
  z: (_, offset) => formatOffset(offset),
  Z: (_, offset) => String(offset),
  "%": () => "%",
};

function dateToString(options: Readonly<Document>): unknown {
  if (options.date === null) return options.onNull ?? null;
  if (options.format === null || options.timezone === null) return null;
  const zone = zoneOf(options);
  const date = dateOf(options.date);
  const local = intoZone(date, zone);
  const offset = offsetMinutes(date, zone);
  const isUtc = options.timezone === undefined || zone === "UTC" || zone === "GMT";
  const format = typeof options.format === "string" ? options.format : `%Y-%m-%dT%H:%M:%S.%L${isUtc ? "Z" : ""}`;
  return format.replace(/%(.?)/gs, (_, letter: string) => {
    const make = Object.hasOwn(formats, letter) ? formats[letter] : undefined;
    if (make === undefined) throw numberedError(18536, `Invalid format character '%${letter}' in format string`);
    return make(local, offset);
  });
}

function part(operator: string): NamedOperator {
  return {
    required: ["date"],
    optional: ["timezone"],
    shorthand: "date",
    apply: (options) => {
      if (options.date === null || options.timezone === null) return null;
      return parts[operator]?.(intoZone(dateOf(options.date), zoneOf(options)));
    },
  };
}

function dateToParts(options: Readonly<Document>): unknown {
  if (options.date === null) return null;
  const local = intoZone(dateOf(options.date), zoneOf(options));
  const time = {
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    millisecond: local.getUTCMilliseconds(),
  };
  if (options.iso8601 === true) {
    return { isoWeekYear: isoWeekYear(local), isoWeek: isoWeek(local), isoDayOfWeek: isoDayOfWeek(local), ...time };
  }
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate(), ...time };
}

function dateFromParts(options: Readonly<Document>): unknown {
  const names = ["year", "month", "day", "hour", "minute", "second", "millisecond"];
  const values = names.map((name, index) => {
    const value = options[name];
    if (value === undefined) return index === 0 ? Number.NaN : index < 3 ? 1 : 0;
    if (value === null) return null;
    if (!isNumeric(value))
      throw numberedError(40515, `'${name}' must evaluate to an integer, found ${typeName(value)}`);
    return toNumber(value);
  });
  if (values.includes(null)) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0] = values as number[];
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  local.setUTCHours(hour, minute, second, millisecond);
  return fromZone(local, zoneOf(options));
}

function dateFromString(options: Readonly<Document>): unknown {
  if (isNil(options.dateString)) return options.onNull ?? null;
  try {
    if (typeof options.dateString !== "string") {
      throw commandError(
        "ConversionFailure",
        `$dateFromString requires that 'dateString' be a string, found: ${typeName(options.dateString)}`,
      );
    }
    const date = parseDate(options.dateString);
    return /(?:Z|[+-]\d{2}:?\d{2})$/.test(options.dateString.trim()) ? date : fromZone(date, zoneOf(options));
  } catch (error) {
    if (Object.hasOwn(options, "onError")) return options.onError;
    throw error;
  }
}

function amountOf(value: unknown): number {
  if (!isNumeric(value) || !Number.isInteger(toNumber(value))) {
    throw numberedError(5166405, "$dateAdd expects integer amount of time units");
  }
  return toNumber(value);
}

function unitOf(value: unknown): string {
  if (typeof value !== "string") throw numberedError(5439013, "unit must evaluate to a string");
  return value;
}

const shift = (sign: 1 | -1): NamedOperator => ({
  required: ["startDate", "unit", "amount"],
  optional: ["timezone"],
  apply: (options) => {
    if (isNil(options.startDate) || isNil(options.unit) || isNil(options.amount)) return null;
    const zone = zoneOf(options);
    const moved = addUnits(
      intoZone(dateOf(options.startDate), zone),
      unitOf(options.unit),
      sign * amountOf(options.amount),
    );
    return fromZone(moved, zone);
  },
});

export const dateNamedFunctions: Readonly<Record<string, NamedOperator>> = {
  ...Object.fromEntries(Object.keys(parts).map((operator) => [operator, part(operator)])),
  $dateToString: { required: ["date"], optional: ["format", "timezone", "onNull"], apply: dateToString },
  $dateToParts: { required: ["date"], optional: ["timezone", "iso8601"], apply: dateToParts },
  $dateFromParts: {
    required: ["year"],
    optional: ["month", "day", "hour", "minute", "second", "millisecond", "timezone"],
    apply: dateFromParts,
  },
  $dateFromString: { required: ["dateString"], optional: ["timezone", "onError", "onNull"], apply: dateFromString },
  $dateAdd: shift(1),
  $dateSubtract: shift(-1),
  $dateDiff: {
    required: ["startDate", "endDate", "unit"],
    optional: ["timezone", "startOfWeek"],
    apply: (options) => {
      if (isNil(options.startDate) || isNil(options.endDate) || isNil(options.unit)) return null;
      const zone = zoneOf(options);
      const start = intoZone(dateOf(options.startDate), zone);
      return differenceIn(unitOf(options.unit), start, intoZone(dateOf(options.endDate), zone), options.startOfWeek);
    },
  },
  $dateTrunc: {
    required: ["date", "unit"],
    optional: ["binSize", "timezone", "startOfWeek"],
    apply: (options) => {
      if (isNil(options.date) || isNil(options.unit)) return null;
      const zone = zoneOf(options);
      const size = options.binSize === undefined ? 1 : amountOf(options.binSize);
      return fromZone(
        startOfUnit(intoZone(dateOf(options.date), zone), unitOf(options.unit), size, options.startOfWeek),
        zone,
      );
    },
  },
};

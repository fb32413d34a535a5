import { commandError, numberedError } from "../errors.ts";

const fixedUnits: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
};

const monthUnits: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** MongoDB counts bins of `$dateTrunc` from this day. It was a Saturday. */
const reference = Date.UTC(2000, 0, 1);
const referenceWeekday = 6;

function unknownUnit(unit: string) {
  return commandError("FailedToParse", `unknown time unit value: ${unit}`);
}

function weekday(startOfWeek: unknown): number {
  if (startOfWeek === undefined || startOfWeek === null) return 0;
  const name = String(startOfWeek).toLowerCase();
  const found = weekdays.findIndex((day) => day === name || day.slice(0, 3) === name);
  if (found < 0) throw commandError("FailedToParse", `unknown day of week value: ${String(startOfWeek)}`);
  return found;
}

/** Adds calendar units; a month's end stays within the month, as 31 January plus one month is the last of February. */
export function addUnits(date: Date, unit: string, amount: number): Date {
  const months = monthUnits[unit];
  if (months === undefined) {
    const length = fixedUnits[unit];
    if (length === undefined) throw unknownUnit(unit);
    return new Date(date.getTime() + amount * length);
  }
  const result = new Date(date.getTime());
  result.setUTCDate(1);
  result.setUTCMonth(result.getUTCMonth() + amount * months);
  const lastDay = new Date(Date.UTC(result.getUTCFullYear(), result.getUTCMonth() + 1, 0)).getUTCDate();
  result.setUTCDate(Math.min(date.getUTCDate(), lastDay));
  return result;
}

function weekNumber(time: number, startOfWeek: unknown): number {
  const firstStart = reference + ((weekday(startOfWeek) - referenceWeekday + 7) % 7) * (fixedUnits.day ?? 0);
  return Math.floor((time - firstStart) / (fixedUnits.week ?? 1));
}

/** How many boundaries of the unit lie between the two times. */
export function differenceIn(unit: string, start: Date, end: Date, startOfWeek: unknown): number {
  const months = monthUnits[unit];
  if (months !== undefined) {
    const count = (date: Date) => Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / months);
    return count(end) - count(start);
  }
  if (unit === "week") return weekNumber(end.getTime(), startOfWeek) - weekNumber(start.getTime(), startOfWeek);
  const length = fixedUnits[unit];
  if (length === undefined) throw unknownUnit(unit);
  return Math.floor(end.getTime() / length) - Math.floor(start.getTime() / length);
}

/** The start of the bin of `size` units that holds the date. */
export function startOfUnit(date: Date, unit: string, size: number, startOfWeek: unknown): Date {
  if (size <= 0) throw numberedError(5439018, "$dateTrunc requires 'binSize' to be greater than 0");
  const months = monthUnits[unit];
  if (months !== undefined) {
    const span = months * size;
    const sinceReference = (date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth();
    return new Date(Date.UTC(2000, Math.floor(sinceReference / span) * span, 1));
  }
  const length = fixedUnits[unit];
  if (length === undefined) throw unknownUnit(unit);
  const offset = unit === "week" ? ((weekday(startOfWeek) - referenceWeekday + 7) % 7) * (fixedUnits.day ?? 0) : 0;
  const origin = reference + offset;
  return new Date(origin + Math.floor((date.getTime() - origin) / (length * size)) * length * size);
}

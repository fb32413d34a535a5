import { numberedError } from "../errors.ts";

const fixedOffset = /^([+-])(\d{2}):?(\d{2})?$/;
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  try {
    const made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(zone, made);
    return made;
  } catch {
    throw numberedError(40485, `unrecognized time zone identifier: "${zone}"`);
  }
}

/** Minutes that the zone's clocks are ahead of UTC at that moment. */
export function offsetMinutes(date: Date, zone: string): number {
  if (zone === "UTC" || zone === "GMT" || zone === "Z") return 0;
  const fixed = fixedOffset.exec(zone);
  if (fixed !== null) return (fixed[1] === "-" ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3] ?? 0));
  const fields = new Map(
    formatter(zone)
      .formatToParts(date)
      .map((part) => [part.type, Number(part.value)]),
  );
  const get = (name: Intl.DateTimeFormatPartTypes) => fields.get(name) ?? 0;
  const local = Date.UTC(get("year"), get("month") - 1, get("day"), get("hour"), get("minute"), get("second"));
  return Math.round((local - Math.floor(date.getTime() / 1000) * 1000) / 60_000);
}

/** A date whose UTC fields are the zone's wall clock. */
export function intoZone(date: Date, zone: string): Date {
  return new Date(date.getTime() + offsetMinutes(date, zone) * 60_000);
}

/** The moment at which the zone's wall clock shows the UTC fields of `local`. */
export function fromZone(local: Date, zone: string): Date {
  const guess = new Date(local.getTime() - offsetMinutes(local, zone) * 60_000);
  return new Date(local.getTime() - offsetMinutes(guess, zone) * 60_000);
}

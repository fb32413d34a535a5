import * as z from "zod";
import type { Clock } from "../../ports/platform.ts";
import { defineTool, type Tool } from "./tool.ts";

const input = z.strictObject({
  time_zone: z
    .string()
    .max(60)
    .default("UTC")
    .describe('IANA name of the time zone, as "Europe/Berlin"; UTC when it is not known'),
});

const output = z.object({
  time: z.string(),
  date: z.string(),
  weekday: z.string(),
  time_zone: z.string(),
  utc: z.string(),
});

/** Tells the time: models do not know it. */
export function createGetTime({ clock }: { clock: Clock }): Tool {
  return defineTool({
    name: "get_time",
    description: "Tells the current date and time. Use it for any question that depends on now.",
    input,
    output,
    run: async (_context, { time_zone }) => {
      const now = clock.now();
      const zone = isTimeZone(time_zone) ? time_zone : "UTC";
      const format = (options: Intl.DateTimeFormatOptions, locale = "en-GB") =>
        new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }).format(now);
      return {
        time: format({ hour: "2-digit", minute: "2-digit", hour12: false }),
        // Swedish dates are ISO dates.
        date: format({ year: "numeric", month: "2-digit", day: "2-digit" }, "sv-SE"),
        weekday: format({ weekday: "long" }),
        time_zone: zone,
        utc: now.toISOString(),
      };
    },
  });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

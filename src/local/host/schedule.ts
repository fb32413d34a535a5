/** A schedule that tells its own future. */
export interface Schedule {
  /** The first occurrence after this instant, in UTC. */
  next(after: Date): Date;
}

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "second", from: 0, to: 59 },
  { name: "minute", from: 0, to: 59 },
  { name: "hour", from: 0, to: 23 },
  { name: "day", from: 1, to: 31 },
  {
    name: "month",
    from: 1,
    to: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "day of the week", from: 0, to: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];
const ITEM = /^(\*|[a-z]{3,}|\d+)(?:-([a-z]{3,}|\d+))?(?:\/(\d+))?$/i;
/** Feb 29 on a given day of the week can be 40 years away, across a century that has no leap day. */
const HORIZON_YEARS = 41;

/**
 * Parses an NCRONTAB expression of six fields: `{second} {minute} {hour} {day} {month} {day of the week}`. Unlike in Unix
 * cron a day must fit both the day and the day of the week.
 * @throws Error with one line if the expression is wrong or never occurs.
 */
export function parseSchedule(expression: string): Schedule {
  const complain = (reason: string) => new Error(`"${expression}" is no NCRONTAB schedule of six fields: ${reason}.`);
  const texts = expression.trim().split(/\s+/);
  if (texts.length !== FIELDS.length) throw complain(`it has ${texts.length}`);
  const [seconds, minutes, hours, days, months, weekdays] = FIELDS.map((field, index) => {
    const values = parseField(texts[index] ?? "", field);
    if (values === undefined) throw complain(`its ${field.name} is "${texts[index]}"`);
    return values;
  }) as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>, Set<number>];

  const next = (after: Date): Date => {
    const time = new Date(Math.floor(after.getTime() / 1000) * 1000 + 1000);
    const lastYear = time.getUTCFullYear() + HORIZON_YEARS;
    while (time.getUTCFullYear() <= lastYear) {
      if (!months.has(time.getUTCMonth() + 1)) {
        time.setUTCMonth(time.getUTCMonth() + 1, 1);
        time.setUTCHours(0, 0, 0);
      } else if (!days.has(time.getUTCDate()) || !weekdays.has(time.getUTCDay())) {
        time.setUTCDate(time.getUTCDate() + 1);
        time.setUTCHours(0, 0, 0);
      } else if (!hours.has(time.getUTCHours())) time.setUTCHours(time.getUTCHours() + 1, 0, 0);
      else if (!minutes.has(time.getUTCMinutes())) time.setUTCMinutes(time.getUTCMinutes() + 1, 0);
      else if (!seconds.has(time.getUTCSeconds())) time.setUTCSeconds(time.getUTCSeconds() + 1);
      else return time;
    }
    throw complain("it never occurs");
  };
  next(new Date());
  return { next };
}

/** The values of one field, or undefined if the text is wrong. */
function parseField(text: string, field: Field): Set<number> | undefined {
  const values = new Set<number>();
  for (const item of text.split(",")) {
    const match = ITEM.exec(item);
    if (match === null) return undefined;
    const [, start = "", end, stepText] = match;
    const step = Number(stepText ?? 1);
    const first = start === "*" ? field.from : parseValue(start, field);
    // "5/10" is every tenth from 5 on, "5" only 5.
    const alone = start === "*" || stepText !== undefined ? field.to : first;
    const last = end === undefined ? alone : parseValue(end, field);
    if (first === undefined || last === undefined || step < 1 || last < first || (start === "*" && end))
      return undefined;
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return values;
}

function parseValue(text: string, field: Field): number | undefined {
  const named = field.names?.findIndex((name) => text.toLowerCase().startsWith(name)) ?? -1;
  const value = named >= 0 ? named + field.from : Number(text);
  return Number.isInteger(value) && value >= field.from && value <= field.to ? value : undefined;
}

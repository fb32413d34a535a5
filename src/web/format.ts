const dayMs = 86_400_000;

function startOfDay(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

/** The heading under which a conversation stands in the list. */
export function periodOf(iso: string, now: Date = new Date()): string {
  const time = new Date(iso);
  const days = Math.round((startOfDay(now) - startOfDay(time)) / dayMs);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < 7) return "This week";
  if (days < 30) return "This month";
  return new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" }).format(time);
}

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

/** As little of the time as is needed to know it: the hour today, the day this year, else the date. */
export function shortTime(iso: string, now: Date = new Date()): string {
  const time = new Date(iso);
  if (startOfDay(time) === startOfDay(now)) return clockFormat.format(time);
  return (time.getFullYear() === now.getFullYear() ? dayFormat : dateFormat).format(time);
}

export function fullTime(iso: string): string {
  return fullFormat.format(new Date(iso));
}

export function creditsText(count: number): string {
  return `${count.toLocaleString()} ${count === 1 ? "credit" : "credits"}`;
}

const kilobyte = 1_000;

/** A size as people say it, from a number of bytes. */
export function bytesText(bytes: number): string {
  if (bytes < kilobyte) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  let size = bytes / kilobyte;
  let unit = 0;
  while (size >= kilobyte && unit < units.length - 1) {
    size /= kilobyte;
    unit += 1;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit] ?? ""}`;
}

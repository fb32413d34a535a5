const TIME_SPAN = /^(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,7})?)?$/;

/**
 * Milliseconds of a .NET TimeSpan as host.json writes it: `[days.]hh:mm[:ss[.fffffff]]`; `-1` is no limit (Infinity).
 * @throws Error naming the setting if the text is neither.
 */
export function parseTimeSpan(text: string, setting: string): number {
  if (text === "-1") return Number.POSITIVE_INFINITY;
  const match = TIME_SPAN.exec(text);
  if (match === null)
    throw new Error(`host.json: ${setting} is "${text}", which is not a time span such as "00:00:30".`);
  const [, days = "0", hours = "0", minutes = "0", seconds = "0", fraction = "0"] = match;
  const wholeSeconds = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return Math.round((wholeSeconds + Number(fraction)) * 1000);
}

import * as z from "zod";

/** What Stripe's objects have in common. */

/** An id, or the expanded object with it. */
export const reference = z
  .union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])
  .nullish()
  .transform((value) => value ?? null);
/** A time in seconds since the epoch. */
export const seconds = z
  .number()
  .nullish()
  .transform((value) => (value == null ? null : new Date(value * 1_000)));
/** Texts by name. Whatever else is in it is no reason to lose what was paid for. */
export const metadata = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => {
    const texts = Object.entries(value ?? {}).filter(
      ([, text]) => typeof text === "string" || typeof text === "number",
    );
    return Object.fromEntries(texts.map(([name, text]) => [name, String(text)]));
  });
/** Money, in the currency's smallest unit. */
export const amount = z
  .int()
  .nullish()
  .transform((value) => value ?? 0);

/** The ids that are there, each once. */
export function named(...ids: readonly (string | null | undefined)[]): string[] {
  return [...new Set(ids.filter((id) => id != null))];
}

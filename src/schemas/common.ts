import * as z from "zod";

/** ISO-8601 UTC; documents hold dates, JSON holds text. */
export const timestamp = z.iso.datetime().meta({ description: "ISO-8601, UTC", example: "2026-01-31T09:30:00.000Z" });
export const nullableTimestamp = timestamp.nullable();

/** Identifiers are opaque to clients; anything that is not one of ours is simply not found. */
export const idParameter = z.string().min(1).max(64);

const metadataBytes = 16_384;

/** Free-form JSON that a client attaches; bounded so that it cannot become a store of its own. */
export const clientMetadata = z
  .record(z.string().max(100), z.json())
  .refine((value) => JSON.stringify(value).length <= metadataBytes, `must be at most ${metadataBytes} bytes of JSON`)
  // A name that looks like an operator or a path would have a meaning in a query one day.
  .refine((value) => Object.keys(value).every((key) => !key.startsWith("$") && !key.includes(".")), {
    message: "names must not begin with $ or contain a dot",
  });

export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
});

/** `{data, next_cursor}` around one kind of item. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: "Pass it as `cursor` for the next page; null on the last." }),
  });
}

/** The body of a POST that needs none: absent or `{}`. */
export const emptyBody = z.strictObject({});

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details" });

/** Yes or no in a query. */
export const flag = z.enum(["true", "false"]).transform((value) => value === "true");

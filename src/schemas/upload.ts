import * as z from "zod";

/**
 * The body of a route that takes an upload: one file, and the other fields of the form.
 * @param fields of a form; each arrives as text
 */
export function uploadBody<T extends z.ZodRawShape>(fields: T) {
  return z.object({
    fileName: z.string(),
    /** As the client announced it; nothing is to be built on it. */
    mimeType: z.string(),
    bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
    fields: z.strictObject(fields),
  });
}

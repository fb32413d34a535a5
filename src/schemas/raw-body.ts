import * as z from "zod";

/** The body of a route with `rawBody`: its bytes as they came, since a signature is over these and not over what they mean. */
export const rawBody = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

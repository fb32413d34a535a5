import * as z from "zod";

/** The body of a route with `rawBody`: its bytes as they came, since a signature is over these and not over what they mean. */
export const rawBody = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** What a provider gets for an event: it reads no more than the status. */
export const receivedSchema = z.object({ received: z.literal(true) }).meta({ id: "EventReceived" });

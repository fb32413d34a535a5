import * as z from "zod";

/** What Muse reads of an event of Replicate's: the prediction itself (its HTTP API reference, "Webhooks"). */
export const predictionEventSchema = z.object({
  id: z.string().regex(/^[\w-]{1,100}$/),
  status: z.string().catch(""),
});

/** The webhook's address names the job. */
export const predictionEventQuery = z.object({ generation_id: z.string().max(64).optional() });

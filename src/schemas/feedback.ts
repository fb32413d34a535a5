import * as z from "zod";
import { feedbackRatings } from "../domain/message.ts";

export const feedbackBody = z.strictObject({
  rating: z.enum(feedbackRatings).nullable().meta({ description: "null takes an earlier one back" }),
  comment: z.string().trim().max(2_000).nullable().optional(),
});
export type GiveFeedback = z.infer<typeof feedbackBody>;

import * as z from "zod";
import { timestamp } from "./common.ts";

export const outboxQuery = z.object({ to: z.string().trim().toLowerCase().max(254).optional() });

export const outboxSchema = z
  .object({
    data: z.array(
      z.object({
        id: z.string(),
        to: z.string(),
        subject: z.string(),
        text: z.string(),
        links: z.array(z.string()).meta({ description: "Every address in the text" }),
        created_at: timestamp,
      }),
    ),
  })
  .meta({ id: "Outbox" });
export type OutboxJson = z.infer<typeof outboxSchema>;

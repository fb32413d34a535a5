import * as z from "zod";
import { timestamp } from "./common.ts";

export const sessionSchema = z
  .object({
    id: z.string(),
    device: z.string().meta({ description: "The browser and system in words", example: "Firefox on Windows" }),
    user_agent: z.string().nullable(),
    ip_address: z.string().nullable(),
    is_current: z.boolean().meta({ description: "Whether this request came from it" }),
    signed_in_at: timestamp,
    last_used_at: timestamp.meta({ description: "Exact to the life of an access token" }),
    expires_at: timestamp.meta({ description: "When it ends unless it is used before" }),
  })
  .meta({ id: "Session" });
export type SessionJson = z.infer<typeof sessionSchema>;

export const sessionsSchema = z.object({ data: z.array(sessionSchema) });

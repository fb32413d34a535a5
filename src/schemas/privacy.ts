import * as z from "zod";
import { nullableTimestamp, timestamp } from "./common.ts";

export const erasureRequestedSchema = z
  .object({
    erasure_id: z.string().meta({ description: "Names the report that an administrator can show" }),
    status: z.enum(["pending", "completed"]),
    requested_at: timestamp,
  })
  .meta({ id: "ErasureRequested" });
export type ErasureRequestedJson = z.infer<typeof erasureRequestedSchema>;

const counts = z.record(z.string(), z.int());

export const erasureSchema = z
  .object({
    id: z.string().meta({ description: "The one-way pseudonym of the account" }),
    status: z.enum(["pending", "completed"]),
    attempts: z.int(),
    removed: counts.meta({ description: "Documents that were removed, by collection" }),
    anonymised: counts.meta({ description: "Documents that were kept without their owner, by collection" }),
    stores: counts.meta({ description: "What was removed at other services" }),
    last_error: z.string().nullable(),
    requested_at: timestamp,
    started_at: nullableTimestamp,
    finished_at: nullableTimestamp,
  })
  .meta({ id: "Erasure" });
export type ErasureJson = z.infer<typeof erasureSchema>;

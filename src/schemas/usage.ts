import * as z from "zod";
import { timestamp } from "./common.ts";

const dayMs = 86_400_000;
/** The last day that has another after it whose year is written with four digits. In ms since the epoch, as the first, 0. */
const lastDay = Date.UTC(9_999, 11, 30);

/** A day, or a moment whose day is meant; UTC. */
const day = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((text) => Math.floor(new Date(text).getTime() / dayMs) * dayMs)
  .refine((ms) => ms >= 0 && ms <= lastDay, "must be a day from 1970 to 9999")
  .transform((ms) => new Date(ms))
  .meta({ description: "A day in UTC, as 2026-01-31" });

export const usageQuery = z.object({ from: day.optional(), to: day.optional() });
export type UsageQuery = z.infer<typeof usageQuery>;

const counts = {
  requests: z.int(),
  chat_messages: z.int().meta({ description: "Answers that were paid" }),
  tokens: z.int().meta({ description: "Prompt and completion tokens of those answers" }),
  images: z.int(),
  credits: z.int(),
  errors: z.int().meta({ description: "Requests that were answered with 400 or above" }),
};

export const usageSchema = z
  .object({
    from: z.iso.date(),
    to: z.iso.date().meta({ description: "The last day, itself included" }),
    data: z.array(z.object({ date: z.iso.date(), ...counts })).meta({ description: "Every day, oldest first" }),
    totals: z.object(counts),
  })
  .meta({ id: "Usage" });
export type UsageJson = z.infer<typeof usageSchema>;

const stored = z.object({ count: z.int(), bytes: z.int() });

export const statsSchema = z
  .object({
    since: timestamp,
    conversations: z.object({ total: z.int(), archived: z.int() }),
    messages: z.int(),
    tokens: z.int(),
    generations: z.object({
      total: z.int(),
      pending: z.int(),
      processing: z.int(),
      completed: z.int(),
      failed: z.int(),
      cancelled: z.int(),
    }),
    images: stored,
    files: stored,
    storage_bytes: z.int().meta({ description: "Files and images together" }),
    credits: z.object({ balance: z.int(), held: z.int(), spent: z.int(), granted: z.int() }),
    last_generation_at: timestamp.nullable(),
    last_login_at: timestamp.nullable(),
  })
  .meta({ id: "AccountStatistics" });
export type StatsJson = z.infer<typeof statsSchema>;

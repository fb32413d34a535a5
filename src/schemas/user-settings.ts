import * as z from "zod";
import { themes } from "../domain/user-settings.ts";
import { clientMetadata, nullableTimestamp } from "./common.ts";

/** The canonical spelling of a BCP 47 tag, or null for what is none. */
function canonicalLanguage(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

const language = z
  .string()
  .max(35)
  .refine((tag) => canonicalLanguage(tag) !== null, "must be a language tag, as en or pt-BR")
  .transform((tag) => canonicalLanguage(tag) ?? tag)
  .meta({ description: "BCP 47", example: "en" });

const model = z.string().min(1).max(200);

export const updateSettingsBody = z.strictObject({
  default_model: model.nullable().optional(),
  default_image_model: model.nullable().optional(),
  temperature: z.number().min(0).max(2).nullable().optional(),
  max_tokens: z.int().min(1).max(100_000).nullable().optional(),
  theme: z.enum(themes).optional(),
  language: language.optional(),
  email_notifications: z.boolean().optional(),
  memory_enabled: z.boolean().optional(),
  custom: clientMetadata.optional(),
});
export type UpdateSettings = z.infer<typeof updateSettingsBody>;

export const settingsSchema = z
  .object({
    default_model: z.string().nullable(),
    default_image_model: z.string().nullable(),
    temperature: z.number().nullable(),
    max_tokens: z.int().nullable(),
    theme: z.enum(themes),
    language: z.string(),
    email_notifications: z.boolean(),
    memory_enabled: z.boolean().meta({ description: "Whether Muse may take and use notes about you" }),
    custom: z.record(z.string(), z.unknown()),
    updated_at: nullableTimestamp.meta({ description: "Null: nothing was ever set" }),
  })
  .meta({ id: "UserSettings" });
export type SettingsJson = z.infer<typeof settingsSchema>;

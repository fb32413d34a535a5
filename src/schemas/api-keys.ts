import * as z from "zod";
import { apiKeyScopes, defaultApiKeyScopes } from "../domain/api-scopes.ts";
import { nullableTimestamp, timestamp } from "./common.ts";

const scope = z.enum(apiKeyScopes);

export const createApiKeyBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z
    .array(scope)
    .min(1)
    .max(apiKeyScopes.length)
    .transform((scopes) => [...new Set(scopes)])
    .optional()
    .meta({ description: `What the key may do; without it: ${defaultApiKeyScopes.join(", ")}` }),
  expires_at: nullableTimestamp.optional().meta({ description: "Null or absent: it works until it is deleted" }),
});
export type CreateApiKey = z.infer<typeof createApiKeyBody>;

const fields = {
  id: z.string(),
  name: z.string(),
  prefix: z.string().meta({ description: "What the key begins with" }),
  last_four: z.string().meta({ description: "What the key ends with" }),
  scopes: z.array(scope),
  expires_at: nullableTimestamp,
  created_at: timestamp,
  last_used_at: nullableTimestamp.meta({ description: "Exact to a minute; null: never used" }),
};

export const apiKeySchema = z.object(fields).meta({ id: "ApiKey" });
export type ApiKeyJson = z.infer<typeof apiKeySchema>;

export const createdApiKeySchema = z
  .object({ ...fields, key: z.string().meta({ description: "The key itself; it is shown only here" }) })
  .meta({ id: "CreatedApiKey" });
export type CreatedApiKeyJson = z.infer<typeof createdApiKeySchema>;

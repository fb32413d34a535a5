import * as z from "zod";
import { oauthProviders } from "../domain/oauth.ts";
import { passwordBytes, passwordMinimumLength } from "../domain/password-rules.ts";
import { subscriptionTiers } from "../domain/plans.ts";
import { authProviders } from "../domain/user.ts";
import { nullableTimestamp, timestamp } from "./common.ts";

export const email = z.string().trim().toLowerCase().pipe(z.email().max(254));
const username = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(z.string().regex(/^[a-z0-9_][a-z0-9_.-]{2,29}$/, "3 to 30 letters, digits, _ . - (not first . or -)"));
export const newPassword = z
  .string()
  .min(passwordMinimumLength)
  .refine((value) => Buffer.byteLength(value) <= passwordBytes, `must be at most ${passwordBytes} bytes`)
  .refine((value) => !value.includes("\0"), "must not contain a NUL character");

export const registerBody = z.strictObject({
  email,
  password: newPassword,
  username: username.optional(),
  full_name: z.string().trim().min(1).max(100).optional(),
});
export type Register = z.infer<typeof registerBody>;

export const loginBody = z.strictObject({ email, password: z.string().min(1).max(1_000) });
export type Login = z.infer<typeof loginBody>;

export const refreshBody = z.strictObject({ refresh_token: z.string().min(1).max(200) });

export const updateUserBody = z.strictObject({
  username: username.optional(),
  full_name: z.string().trim().min(1).max(100).nullable().optional(),
  avatar_url: z
    .url({ protocol: /^https$/ })
    .max(2_000)
    .nullable()
    .optional(),
  profile: z
    .strictObject({
      display_name: z.string().trim().max(100).nullable().optional(),
      avatar_url: z
        .url({ protocol: /^https$/ })
        .max(2_000)
        .nullable()
        .optional(),
      bio: z.string().max(1_000).nullable().optional(),
    })
    .optional(),
});
export type UpdateUser = z.infer<typeof updateUserBody>;

export const userSchema = z
  .object({
    id: z.string(),
    username: z.string().nullable(),
    email: z.string().nullable(),
    full_name: z.string().nullable(),
    avatar_url: z.string().nullable(),
    profile: z.object({
      display_name: z.string().nullable(),
      avatar_url: z.string().nullable(),
      bio: z.string().nullable(),
    }),
    auth_provider: z.enum(authProviders),
    linked_providers: z
      .array(z.enum(oauthProviders))
      .meta({ description: "Providers that open the account, besides a password" }),
    has_password: z.boolean(),
    is_guest: z.boolean(),
    is_verified: z.boolean(),
    role: z.enum(["user", "admin"]),
    subscription_tier: z.enum(subscriptionTiers),
    credits_remaining: z.int(),
    total_generations: z.int(),
    last_login_at: nullableTimestamp,
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "User" });
export type UserJson = z.infer<typeof userSchema>;

export const signedInSchema = z
  .object({
    user: userSchema,
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: z.literal("Bearer"),
    expires_in: z.int().meta({ description: "Seconds until the access token expires" }),
  })
  .meta({ id: "SignedIn" });
export type SignedInJson = z.infer<typeof signedInSchema>;

export const creditsSchema = z
  .object({
    balance: z.int().meta({ description: "Credits that can be spent now" }),
    held: z.int().meta({ description: "Credits set aside for work that runs" }),
    holds: z.record(z.string(), z.int()).meta({ description: "What is set aside, by generation or message" }),
    spent: z.int(),
    granted: z.int().meta({ description: "balance + held + spent" }),
    is_low: z.boolean().meta({ description: "Whether the balance is below low_balance" }),
    low_balance: z.int(),
    renews_at: nullableTimestamp.meta({ description: "When a free account is topped up next" }),
    ledger: z.array(
      z.object({
        id: z.string(),
        reason: z.string(),
        resource_id: z.string(),
        amount: z.int().meta({ description: "Positive for a grant, negative for what was spent or taken back" }),
        total_after: z.int().meta({ description: "balance + held after this entry" }),
        description: z.string(),
        created_at: timestamp,
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "Credits" });
export type CreditsJson = z.infer<typeof creditsSchema>;

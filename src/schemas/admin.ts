import * as z from "zod";
import { subscriptionTiers } from "../domain/plans.ts";
import { userSchema } from "./accounts.ts";
import { flag, idParameter, listQuery, nullableTimestamp, timestamp } from "./common.ts";

const roles = ["user", "admin"] as const;

export const adminUsersQuery = listQuery.extend({
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: "Part of an e-mail address or a name, or an id" }),
  tier: z.enum(subscriptionTiers).optional(),
  role: z.enum(roles).optional(),
  active: flag.optional(),
  low_credits: z
    .union([flag, z.coerce.number().int().min(0).max(1_000_000)])
    .optional()
    .meta({ description: "`true`, or the most credits that count as few" }),
});
export type AdminUsersQuery = z.infer<typeof adminUsersQuery>;

export const adminUserParams = z.object({ user_id: idParameter });

export const adminUserSchema = userSchema
  .extend({
    is_active: z.boolean(),
    credits: z.object({ balance: z.int(), held: z.int(), spent: z.int(), granted: z.int() }),
    subscription_expires_at: nullableTimestamp,
    last_generation_at: nullableTimestamp,
  })
  .meta({ id: "AdminUser" });
export type AdminUserJson = z.infer<typeof adminUserSchema>;

const creditsAtOnce = 1_000_000;

export const adminUserBody = z
  .strictObject({
    role: z.enum(roles).optional(),
    is_active: z.boolean().optional(),
    subscription_tier: z.enum(subscriptionTiers).optional(),
    credits_adjustment: z
      .strictObject({
        amount: z
          .int()
          .min(-creditsAtOnce)
          .max(creditsAtOnce)
          .refine((amount) => amount !== 0, "must not be 0")
          .meta({ description: "Credits to give; negative to take" }),
        reason: z.string().trim().min(3).max(300),
      })
      .optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), "must name something to change");
export type AdminUserChange = z.infer<typeof adminUserBody>;

export const expiringQuery = listQuery.extend({ days: z.coerce.number().int().min(1).max(90).default(7) });

export const adminSubscriptionSchema = z
  .object({
    user_id: z.string(),
    plan: z.string(),
    status: z.string(),
    billing_interval: z.string().nullable(),
    current_period_end: timestamp,
    cancel_at_period_end: z.boolean(),
  })
  .meta({ id: "AdminSubscription" });
export type AdminSubscriptionJson = z.infer<typeof adminSubscriptionSchema>;

const planCount = z.object({ plan: z.string(), status: z.string(), count: z.int() });

export const planCountsSchema = z
  .object({
    active_by_plan: z.record(z.string(), z.int()).meta({ description: "Paid for or on trial, by plan" }),
    data: z.array(planCount),
  })
  .meta({ id: "PlanCounts" });
export type PlanCountsJson = z.infer<typeof planCountsSchema>;

export const auditLogsQuery = listQuery.extend({
  actor: z.string().min(1).max(100).optional(),
  action: z.string().min(1).max(100).optional(),
  target: z.string().min(1).max(100).optional(),
});
export type AuditLogsQuery = z.infer<typeof auditLogsQuery>;

export const auditLogSchema = z
  .object({
    id: z.string(),
    actor_id: z.string(),
    action: z.string(),
    target_id: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
    ip_address: z.string().nullable(),
    created_at: timestamp,
  })
  .meta({ id: "AuditLog" });
export type AuditLogJson = z.infer<typeof auditLogSchema>;

export const jobParams = z.object({ name: z.string().min(1).max(64) });
const jobSummary = z.record(z.string(), z.unknown());

export const jobRunSchema = z
  .object({ job: z.string(), summary: jobSummary, duration_ms: z.int() })
  .meta({ id: "JobRun" });
export type JobRunJson = z.infer<typeof jobRunSchema>;

const queueState = z.object({ status: z.enum(["up", "down"]), approximate_messages: z.int().nullable() });

export const overviewSchema = z
  .object({
    users: z.object({ total: z.int(), active: z.int(), by_tier: z.record(z.string(), z.int()) }),
    low_credits: z.int().meta({ description: "Active accounts that can hardly pay for anything more" }),
    expiring_in_7_days: z.int(),
    active_by_plan: z.record(z.string(), z.int()),
    jobs: z.array(
      z.object({
        name: z.string(),
        is_running: z.boolean(),
        last_started_at: timestamp,
        last_ended_at: nullableTimestamp,
        summary: jobSummary.nullable(),
      }),
    ),
    queues: z.object({ generations: queueState }),
  })
  .meta({ id: "AdminOverview" });
export type OverviewJson = z.infer<typeof overviewSchema>;

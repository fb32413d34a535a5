import type { RequestFacts } from "../../http/route.ts";
import {
  adminSubscriptionSchema,
  adminUserBody,
  adminUserParams,
  adminUserSchema,
  adminUsersQuery,
  auditLogSchema,
  auditLogsQuery,
  expiringQuery,
  jobParams,
  jobRunSchema,
  overviewSchema,
  planCountsSchema,
} from "../../schemas/admin.ts";
import { emptyBody, listOf, listQuery } from "../../schemas/common.ts";
import { erasureSchema } from "../../schemas/privacy.ts";
import { defineRoute } from "../define-route.ts";
import { findTimerJob } from "../timer-jobs.ts";

const tag = "Administration";
const auth = "admin";

const actorOf = (principal: { readonly userId: string }, request: RequestFacts) => ({
  userId: principal.userId,
  ipAddress: request.ipAddress,
});
const users = () => import("../../operations/admin/read-users.ts");
const subscriptions = () => import("../../operations/admin/read-subscriptions.ts");
const records = () => import("../../operations/admin/read-records.ts");

export const adminRoutes = [
  defineRoute({
    method: "GET",
    path: "/v1/admin/overview",
    summary: "How the whole is doing: accounts, plans, jobs, queues",
    tag,
    auth,
    response: overviewSchema,
    handle: async (services) => (await import("../../operations/admin/get-overview.ts")).getOverview(services),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/admin/users",
    summary: "All accounts, newest first",
    tag,
    auth,
    query: adminUsersQuery,
    response: listOf(adminUserSchema),
    handle: async (services, { principal, request, query }) =>
      (await users()).listUsers(services, { actor: actorOf(principal, request), query }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/admin/users/{user_id}",
    summary: "An account",
    tag,
    auth,
    params: adminUserParams,
    response: adminUserSchema,
    handle: async (services, { principal, request, params }) =>
      (await users()).readUser(services, { actor: actorOf(principal, request), userId: params.user_id }),
  }),
  defineRoute({
    method: "PATCH",
    path: "/v1/admin/users/{user_id}",
    summary: "Change an account's role, state or tier, or its credits",
    tag,
    auth,
    isIdempotent: true,
    params: adminUserParams,
    body: adminUserBody,
    response: adminUserSchema,
    handle: async (services, { principal, request, params, body }) =>
      (await import("../../operations/admin/change-user.ts")).changeUser(services, {
        actor: actorOf(principal, request),
        userId: params.user_id,
        body,
        allottedId: request.allotted?.id,
      }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/admin/subscriptions",
    summary: "How many subscriptions there are, by plan and status",
    tag,
    auth,
    response: planCountsSchema,
    handle: async (services) => (await subscriptions()).countPlans(services),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/admin/subscriptions/expiring",
    summary: "Subscriptions whose period ends within some days, the earliest first",
    tag,
    auth,
    query: expiringQuery,
    response: listOf(adminSubscriptionSchema),
    handle: async (services, { principal, request, query }) =>
      (await subscriptions()).listExpiring(services, { actor: actorOf(principal, request), ...query }),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/admin/audit-logs",
    summary: "What administrators and timers did, newest first",
    tag,
    auth,
    query: auditLogsQuery,
    response: listOf(auditLogSchema),
    handle: async (services, { query }) => (await records()).listAuditLogs(services, query),
  }),
  defineRoute({
    method: "GET",
    path: "/v1/admin/erasures",
    summary: "Reports of erased accounts, newest first",
    tag,
    auth,
    query: listQuery,
    response: listOf(erasureSchema),
    handle: async (services, { query }) => (await records()).listErasures(services, query),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/admin/jobs/{name}/run",
    summary: "Run a timer's job now, under its lock",
    tag,
    auth,
    params: jobParams,
    body: emptyBody,
    response: jobRunSchema,
    handle: async (services, { principal, request, params }) => {
      const job = findTimerJob(params.name);
      return (await import("../../operations/admin/run-job.ts")).runJob(services, {
        actor: actorOf(principal, request),
        name: params.name,
        job: job && { ...job, job: () => job.run(services) },
      });
    },
  }),
];

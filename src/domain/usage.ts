export const usageActions = [
  "image_generation",
  "chat_message",
  "api_request",
  "file_upload",
  "file_download",
  "subscription_change",
  "login",
  "logout",
] as const;
export type UsageAction = (typeof usageActions)[number];

export interface UsageMetadata {
  /** Method and path of the route, as "POST /v1/chat"; on requests only. */
  readonly endpoint?: string;
  readonly model?: string;
  readonly tokens?: number;
  readonly images?: number;
  /** What a change of the subscription was. */
  readonly change?: string;
}

/** A document of `usage_logs`: a request that was answered, or something that was booked because of one. */
export interface UsageLog {
  readonly _id: string;
  readonly user_id: string;
  readonly action_type: UsageAction;
  readonly resource_id?: string;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly metadata: UsageMetadata;
  readonly credits_used: number;
  /** Null for what is no request. */
  readonly response_time_ms: number | null;
  /** Null for what is no request; so counting those that have one counts requests. */
  readonly status_code: number | null;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** What is told of one use; the rest follows. */
export interface UsageEvent {
  /** Given when the same use may be told twice: its entry then exists once. */
  readonly id?: string;
  readonly userId: string;
  readonly action: UsageAction;
  readonly resourceId?: string | undefined;
  readonly ipAddress?: string | null;
  readonly userAgent?: string | null;
  readonly metadata?: UsageMetadata;
  readonly creditsUsed?: number;
  readonly responseTimeMs?: number;
  readonly statusCode?: number;
}

export const usageRetentionDays = 90;
const dayMs = 86_400_000;

export function newUsageLog(event: UsageEvent, made: { id: string; now: Date }): UsageLog {
  return {
    _id: event.id ?? made.id,
    user_id: event.userId,
    action_type: event.action,
    ...(event.resourceId === undefined ? {} : { resource_id: event.resourceId }),
    ip_address: event.ipAddress ?? null,
    user_agent: event.userAgent ?? null,
    metadata: event.metadata ?? {},
    credits_used: event.creditsUsed ?? 0,
    response_time_ms: event.responseTimeMs ?? null,
    status_code: event.statusCode ?? null,
    created_at: made.now,
    expires_at: new Date(made.now.getTime() + usageRetentionDays * dayMs),
  };
}

/** What a queue message carries beside its body. Messages without it are as good. */
export interface QueueEnvelope {
  /** W3C trace context of who sent it. */
  readonly traceparent?: string | undefined;
  /** When its work was due: when it was sent, or when its delay ends. */
  readonly due_at?: string | undefined;
}

/** Parts an envelope from its body, whatever the message is. */
export function openEnvelope(message: unknown): { body: unknown; traceparent?: string; dueAt?: Date } {
  if (typeof message !== "object" || message === null || Array.isArray(message)) return { body: message };
  const { traceparent, due_at: dueAt, ...body } = message as Readonly<Record<string, unknown>>;
  const due = typeof dueAt === "string" ? new Date(dueAt) : undefined;
  return {
    body,
    ...(typeof traceparent === "string" ? { traceparent } : {}),
    ...(due === undefined || Number.isNaN(due.getTime()) ? {} : { dueAt: due }),
  };
}

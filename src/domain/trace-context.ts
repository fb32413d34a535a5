/** Where a piece of work stands in a trace: hex ids of 16 and 8 bytes, and whether the trace is kept. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
}

const pattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads a `traceparent`; null for anything that is not one, so that a stranger's header can do no harm.
 * Source: W3C Trace Context, §3.2.2 (a version beyond 00 may have more fields, 00 may not).
 */
export function parseTraceparent(value: string | null | undefined): TraceContext | null {
  const [, version, traceId, spanId, flags, rest] = pattern.exec(value ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === "00" && rest !== undefined) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}

/**
 * Whether a trace belongs to the share that is kept. It follows from the id alone, so every instance decides alike and
 * a trace is kept whole or not at all.
 * @param ratio 0 to 1
 */
export function isInSample(traceId: string, ratio: number): boolean {
  // The last 7 bytes of a trace id are random (W3C Trace Context level 2, §2.2.3.2).
  return Number.parseInt(traceId.slice(-8), 16) < ratio * 2 ** 32;
}

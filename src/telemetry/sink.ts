import type { MetricName } from "../domain/metrics.ts";
import type { Attributes, SpanKind } from "../ports/telemetry.ts";

/** A span as it is handed to an exporter. */
export interface FinishedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** Milliseconds since the epoch, with fractions. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly attributes: Attributes;
  /** Kind of the failure, without its text: that is in the log, redacted. */
  readonly failure: string | undefined;
  /** How many traces this one stands for: more than one when only a share is kept. */
  readonly weight: number;
}

export interface MetricValue {
  readonly name: MetricName;
  readonly value: number;
  readonly attributes: Attributes;
}

/** Takes what was measured to where it is looked at, in batches, on its own time. */
export interface TelemetrySink {
  span(span: FinishedSpan): void;
  metric(value: MetricValue): void;
  /** Sends what is left, and ends. */
  shutdown(): Promise<void>;
}

import type { CounterName, ObservedName } from "../domain/metrics.ts";

/** What is told of a span or a value: names of things, never contents of users. Undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Who asks whom: `server` and `consumer` are asked, `client` and `producer` ask. */
export type SpanKind = "server" | "client" | "producer" | "consumer" | "internal";

export interface SpanStart {
  /** Of low cardinality: a route's template, never a path. */
  readonly name: string;
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** `traceparent` of who caused it, from outside of this process; else the span under way is the parent. */
  readonly parent?: string | null | undefined;
  /** HTTP calls made within it carry its `traceparent`: for services of our own choice, never for addresses of users. */
  readonly isPropagated?: boolean;
}

/** A piece of work under way. */
export interface Span {
  set(attributes: Attributes): void;
  /** What `work` starts, also later, belongs to this span. */
  run<R>(work: () => R): R;
  /** Marks it as failed; a trace with a failure is always kept. */
  fail(error: unknown): void;
  /** The first call counts. */
  end(): void;
}

/** Something that is over already. */
export interface EndedSpan extends SpanStart {
  readonly durationMs: number;
  /** What it failed with. */
  readonly error?: unknown;
}

/** Traces and metrics. Nothing here ever throws, waits, or costs much where no exporter is configured. */
export interface Telemetry {
  /** Whether anything is exported. */
  readonly isOn: boolean;
  start(span: SpanStart): Span;
  /** Runs `work` as a span that ends with it, and fails with what it throws. */
  span<R>(span: SpanStart, work: (span: Span) => Promise<R>): Promise<R>;
  /** Adds a span after the fact to the one under way; without one under way it is left out. */
  ended(span: EndedSpan): void;
  /** @param by 1 unless given */
  count(name: CounterName, by?: number, attributes?: Attributes): void;
  observe(name: ObservedName, value: number, attributes?: Attributes): void;
  /** W3C `traceparent` of the span under way, for whoever works on in another process. */
  traceparent(): string | undefined;
  /** Id of the trace under way, for log lines. */
  traceId(): string | undefined;
}

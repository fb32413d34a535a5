import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import type { MetricName } from "../domain/metrics.ts";
import { formatTraceparent, isInSample, parseTraceparent } from "../domain/trace-context.ts";
import type { Attributes, Span, SpanStart, Telemetry } from "../ports/telemetry.ts";
import { propagate } from "./propagation.ts";
import type { FinishedSpan, MetricValue, TelemetrySink } from "./sink.ts";

/** Spans and values that wait for the SDK to be loaded; of more the oldest are dropped. */
const maxWaiting = 4_000;
/** Spans of one unsampled trace that are held back in case it fails. */
const maxHeld = 256;
/** The SDK is loaded this long after the start, in ms: the first request needs the processor more. */
const openAfterMs = 1_500;
/** How long the end of the process waits for the last export, in ms; the worker has 5 to 10 s in all. */
const shutdownPatienceMs = 2_000;

interface TelemetryOptions {
  /** Opens the exporters; null where none is configured. Called once, after the start. */
  readonly openSink: (() => Promise<TelemetrySink>) | null;
  /** Share of traces that is kept, 0 to 1. Traces with a failure are kept beside it. */
  readonly sampleRatio: number;
  /** Told when the exporters could not be opened. */
  readonly onFailure: (error: unknown) => void;
}

/** The spans of one trace in this process. */
interface Trace {
  readonly id: string;
  readonly isSampled: boolean;
  hasFailed: boolean;
  /** Ended spans of a trace outside of the sample; sent once something in it fails. */
  held: FinishedSpan[];
}

interface Position {
  readonly trace: Trace;
  readonly spanId: string;
  readonly isPropagated: boolean;
}

interface ProcessTelemetry extends Telemetry {
  /** Loads the exporters in the background, some time after the start. */
  open(): void;
  /** Sends what is left, for a bounded time. */
  close(): Promise<void>;
}

/**
 * Traces and metrics of this process. Spans are plain objects until they end, and wait in memory until the SDK that
 * sends them is loaded: so a cold start is traced as well without paying for the SDK.
 *
 * Where nothing is exported only trace ids are kept, for log lines and for messages to other processes.
 */
export function createTelemetry({ openSink, sampleRatio, onFailure }: TelemetryOptions): ProcessTelemetry {
  const positions = new AsyncLocalStorage<Position>();
  const isOn = openSink !== null;
  const waiting: ((sink: TelemetrySink) => void)[] = [];
  let sink: TelemetrySink | undefined;
  let opening: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function send(action: (sink: TelemetrySink) => void): void {
    if (sink !== undefined) {
      action(sink);
      return;
    }
    waiting.push(action);
    if (waiting.length > maxWaiting) waiting.shift();
  }

  function finish({ trace }: Position, span: FinishedSpan): void {
    if (span.failure !== undefined && !trace.hasFailed) {
      trace.hasFailed = true;
      for (const held of trace.held.splice(0)) send((open) => open.span({ ...held, weight: 1 }));
    }
    if (trace.isSampled) send((open) => open.span({ ...span, weight: 1 / sampleRatio }));
    else if (trace.hasFailed) send((open) => open.span(span));
    else if (trace.held.length < maxHeld) trace.held.push(span);
  }

  function traceOf(parent: Position | undefined, remoteTraceId: string | undefined): Trace {
    if (parent !== undefined) return parent.trace;
    const id = remoteTraceId ?? randomBytes(16).toString("hex");
    return { id, isSampled: isOn && isInSample(id, sampleRatio), hasFailed: false, held: [] };
  }

  function start({ name, kind = "internal", attributes = {}, parent: remote, isPropagated = false }: SpanStart): Span {
    const current = positions.getStore();
    if (!isOn && current !== undefined && remote == null) return inertSpan;
    const remoteParent = parseTraceparent(remote);
    const parent = remoteParent === null ? current : undefined;
    const position: Position = {
      trace: traceOf(parent, remoteParent?.traceId),
      spanId: randomBytes(8).toString("hex"),
      isPropagated,
    };
    const startedAt = performance.timeOrigin + performance.now();
    let own = attributes;
    let failure: string | undefined;
    let hasEnded = false;
    return {
      set: (more) => {
        own = { ...own, ...more };
      },
      run: (work) => positions.run(position, work),
      fail: (error) => {
        failure ??= nameOf(error);
      },
      end: () => {
        if (hasEnded || !isOn) return;
        hasEnded = true;
        finish(position, {
          name,
          kind,
          traceId: position.trace.id,
          spanId: position.spanId,
          parentSpanId: parent?.spanId ?? remoteParent?.spanId,
          startedAt,
          durationMs: performance.timeOrigin + performance.now() - startedAt,
          attributes: own,
          failure,
          weight: 1,
        });
      },
    };
  }

  function measure(name: MetricName, value: number, attributes: Attributes = {}): void {
    if (!isOn || !Number.isFinite(value)) return;
    const measured: MetricValue = { name, value, attributes };
    send((open) => open.metric(measured));
  }

  async function openOnce(): Promise<void> {
    if (openSink === null) return;
    opening ??= openSink()
      .then((opened) => {
        sink = opened;
        for (const action of waiting.splice(0)) action(opened);
      })
      .catch(onFailure);
    await opening;
  }

  if (isOn) {
    propagate(() => {
      const position = positions.getStore();
      return position?.isPropagated === true ? traceparentOf(position) : undefined;
    });
  }

  return {
    isOn,
    start,
    span: async (options, work) => {
      const span = start(options);
      try {
        return await span.run(() => work(span));
      } catch (error) {
        span.fail(error);
        throw error;
      } finally {
        span.end();
      }
    },
    ended: ({ name, kind = "internal", attributes = {}, durationMs, error }) => {
      const parent = positions.getStore();
      if (!isOn || parent === undefined) return;
      finish(parent, {
        name,
        kind,
        traceId: parent.trace.id,
        spanId: randomBytes(8).toString("hex"),
        parentSpanId: parent.spanId,
        startedAt: performance.timeOrigin + performance.now() - durationMs,
        durationMs,
        attributes,
        failure: error === undefined ? undefined : nameOf(error),
        weight: 1,
      });
    },
    count: (name, by = 1, attributes) => measure(name, by, attributes),
    observe: measure,
    traceparent: () => traceparentOf(positions.getStore()),
    traceId: () => positions.getStore()?.trace.id,
    open: () => {
      if (isOn) timer ??= setTimeout(() => void openOnce(), openAfterMs).unref();
    },
    close: async () => {
      clearTimeout(timer);
      if (!isOn || (sink === undefined && waiting.length === 0)) return;
      const patience = Promise.withResolvers<void>();
      const late = setTimeout(patience.resolve, shutdownPatienceMs);
      const sent = openOnce().then(() => sink?.shutdown());
      await Promise.race([sent.catch(onFailure), patience.promise]);
      clearTimeout(late);
    },
  };
}

function traceparentOf(position: Position | undefined): string | undefined {
  if (position === undefined) return undefined;
  const { trace, spanId } = position;
  return formatTraceparent({ traceId: trace.id, spanId, isSampled: trace.isSampled });
}

/** A child of a span that nobody will see. */
const inertSpan: Span = { set: () => undefined, run: (work) => work(), fail: () => undefined, end: () => undefined };

/** An error's kind: its code where it has one of ours or a system's, else its class. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "Error";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

import { AzureMonitorMetricExporter, AzureMonitorTraceExporter } from "@azure/monitor-opentelemetry-exporter";
import { type HrTime, SpanKind, type SpanStatus, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { type MetricName, metrics } from "../domain/metrics.ts";
import type { Attributes } from "../ports/telemetry.ts";
import type { FinishedSpan, MetricValue, TelemetrySink } from "./sink.ts";

export interface ExporterOptions {
  /** A collector's address without `/v1/traces`; OTLP over HTTP with JSON. */
  readonly otlp?: { readonly endpoint: string; readonly headers: Readonly<Record<string, string>> } | undefined;
  /** Application Insights. */
  readonly azure?: { readonly connectionString: string; readonly usesIdentity: boolean } | undefined;
  /** How often metrics are sent, in ms. */
  readonly metricIntervalMs: number;
  readonly serviceVersion: string;
  readonly instance: string;
}

/** How long spans are gathered before they are sent, in ms. */
const spanDelayMs = 2_000;
/** Time-out of one export, in ms. */
const exportTimeoutMs = 8_000;
const scope = { name: "muse" };

const kinds: Readonly<Record<FinishedSpan["kind"], SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** The exporter of Application Insights takes the share that a span stands for from this attribute, in percent. */
const azureSampleRate = "microsoft.sample_rate";

/** Opens the configured exporters. This module loads the SDK, so it is imported after the start and only where it is needed. */
export async function openExporters(options: ExporterOptions): Promise<TelemetrySink> {
  const resource = resourceFromAttributes({
    "service.name": "muse",
    "service.version": options.serviceVersion,
    "service.instance.id": options.instance,
  });
  const targets = await openTargets(options);
  const processors = targets.map(({ spans, isAzure }) => ({
    isAzure,
    processor: new BatchSpanProcessor(spans, {
      scheduledDelayMillis: spanDelayMs,
      exportTimeoutMillis: exportTimeoutMs,
    }),
  }));
  const meters = new MeterProvider({
    resource,
    readers: targets.map(
      (target) =>
        new PeriodicExportingMetricReader({
          exporter: target.metrics,
          exportIntervalMillis: options.metricIntervalMs,
          exportTimeoutMillis: Math.min(exportTimeoutMs, options.metricIntervalMs),
        }),
    ),
  });
  const record = createRecorders(meters);
  return {
    span: (span) => {
      for (const { processor, isAzure } of processors) processor.onEnd(toReadableSpan(span, resource, isAzure));
    },
    metric: ({ name, value, attributes }) => record[name](value, attributes),
    shutdown: async () => {
      await Promise.allSettled([...processors.map(({ processor }) => processor.shutdown()), meters.shutdown()]);
    },
  };
}

interface Target {
  readonly spans: SpanExporter;
  readonly metrics: PushMetricExporter;
  readonly isAzure: boolean;
}

async function openTargets({ otlp, azure }: ExporterOptions): Promise<Target[]> {
  const targets: Target[] = [];
  if (otlp !== undefined) {
    const base = otlp.endpoint.replace(/\/+$/, "");
    targets.push({
      spans: new OTLPTraceExporter({ url: `${base}/v1/traces`, headers: otlp.headers }),
      metrics: new OTLPMetricExporter({ url: `${base}/v1/metrics`, headers: otlp.headers }),
      isAzure: false,
    });
  }
  if (azure !== undefined) {
    const { connectionString, usesIdentity } = azure;
    const credential = usesIdentity ? new (await import("@azure/identity")).DefaultAzureCredential() : undefined;
    // The disk of an instance goes with the instance: what could not be sent is not stored there.
    const shared = { connectionString, disableOfflineStorage: true, ...(credential && { credential }) };
    targets.push({
      spans: new AzureMonitorTraceExporter(shared),
      metrics: new AzureMonitorMetricExporter(shared),
      isAzure: true,
    });
  }
  return targets;
}

type Recorders = Readonly<Record<MetricName, (value: number, attributes: MetricValue["attributes"]) => void>>;

function createRecorders(meters: MeterProvider): Recorders {
  const meter = meters.getMeter(scope.name);
  const entries = Object.entries(metrics).map(([name, definition]) => {
    const { kind, unit, description } = definition;
    if (kind === "counter") {
      const counter = meter.createCounter(name, { unit, description });
      return [name, (value: number, attributes: Attributes) => counter.add(value, present(attributes))];
    }
    if (kind === "gauge") {
      const gauge = meter.createGauge(name, { unit, description });
      return [name, (value: number, attributes: Attributes) => gauge.record(value, present(attributes))];
    }
    const advice = "buckets" in definition ? { advice: { explicitBucketBoundaries: [...definition.buckets] } } : {};
    const histogram = meter.createHistogram(name, { unit, description, ...advice });
    return [name, (value: number, attributes: Attributes) => histogram.record(value, present(attributes))];
  });
  return Object.fromEntries(entries) as Recorders;
}

function present(attributes: Attributes): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number | boolean] => entry[1] !== undefined),
  );
}

/** On Azure the host reports the request or message itself, in the same trace; ours is then the work inside of it. */
function kindOf(span: FinishedSpan, isAzure: boolean): SpanKind {
  if (isAzure && (span.kind === "server" || span.kind === "consumer")) return SpanKind.INTERNAL;
  return kinds[span.kind];
}

function toReadableSpan(span: FinishedSpan, resource: ReadableSpan["resource"], isAzure: boolean): ReadableSpan {
  const { traceId, spanId, parentSpanId } = span;
  const status: SpanStatus =
    span.failure === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: span.failure };
  const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  return {
    name: span.name,
    kind: kindOf(span, isAzure),
    spanContext: () => context,
    ...(parentSpanId === undefined ? {} : { parentSpanContext: { ...context, spanId: parentSpanId } }),
    startTime: toHrTime(span.startedAt),
    endTime: toHrTime(span.startedAt + span.durationMs),
    duration: toHrTime(span.durationMs),
    status,
    attributes: {
      ...present(span.attributes),
      ...(span.failure === undefined ? {} : { "error.type": span.failure }),
      ...(isAzure && span.weight > 1 ? { [azureSampleRate]: 100 / span.weight } : {}),
    },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Milliseconds as seconds and nanoseconds. */
function toHrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1_000);
  return [seconds, Math.round((milliseconds - seconds * 1_000) * 1_000_000)];
}

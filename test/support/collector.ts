import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

type Values = Readonly<Record<string, string | number | boolean>>;

export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly kind: number;
  readonly hasFailed: boolean;
  readonly attributes: Values;
}

export interface CollectedPoint {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Values;
  /** Values so far: of a histogram their number and sum, else the value itself. */
  readonly count: number | undefined;
  readonly sum: number;
}

/** A collector of OpenTelemetry's protocol over HTTP with JSON, on loopback. */
export interface Collector {
  readonly endpoint: string;
  spans(): readonly CollectedSpan[];
  /** The newest state of each series of a metric. */
  points(name: string): readonly CollectedPoint[];
  stop(): Promise<void>;
}

interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}

type KeyValues = readonly { readonly key: string; readonly value: AnyValue }[];

const valuesOf = (entries: KeyValues = []): Values =>
  Object.fromEntries(
    entries.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );

interface TraceRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string;
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly kind: number;
        readonly status?: { readonly code?: number };
        readonly attributes?: KeyValues;
      }[];
    }[];
  }[];
}

interface Point {
  readonly attributes?: KeyValues;
  readonly count?: number | string;
  readonly sum?: number;
  readonly asDouble?: number;
  readonly asInt?: number | string;
}

interface MetricRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly unit: string;
        readonly sum?: { readonly dataPoints: readonly Point[] };
        readonly gauge?: { readonly dataPoints: readonly Point[] };
        readonly histogram?: { readonly dataPoints: readonly Point[] };
      }[];
    }[];
  }[];
}

/** Status code of a failed span in OTLP. */
const failed = 2;

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const series = new Map<string, CollectedPoint>();
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await text(request));
    if (request.url === "/v1/traces") spans.push(...readSpans(body as TraceRequest));
    if (request.url === "/v1/metrics") {
      for (const point of readPoints(body as MetricRequest)) {
        series.set(`${point.name} ${JSON.stringify(point.attributes)}`, point);
      }
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    points: (name) => [...series.values()].filter((point) => point.name === name),
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function readSpans({ resourceSpans }: TraceRequest): CollectedSpan[] {
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
    .map(({ name, traceId, spanId, parentSpanId, kind, status, attributes }) => ({
      name,
      traceId,
      spanId,
      parentSpanId: parentSpanId === "" ? undefined : parentSpanId,
      kind,
      hasFailed: status?.code === failed,
      attributes: valuesOf(attributes),
    }));
}

function readPoints({ resourceMetrics }: MetricRequest): CollectedPoint[] {
  return resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    .flatMap(
      ({ name, unit, sum, gauge, histogram }) =>
        (sum ?? gauge ?? histogram)?.dataPoints.map((point) => ({
          name,
          unit,
          attributes: valuesOf(point.attributes),
          count: point.count === undefined ? undefined : Number(point.count),
          sum: point.sum ?? point.asDouble ?? Number(point.asInt),
        })) ?? [],
    );
}

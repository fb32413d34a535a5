/** What a metric counts in, by UCUM's case-sensitive codes (OpenTelemetry's convention for units). */
type Unit = "ms" | "s" | "{credit}" | "{account}" | "{image}" | "{message}" | "{job}" | "{event}";

interface MetricDefinition {
  /** A counter adds up, a histogram keeps a distribution, a gauge keeps the newest value. */
  readonly kind: "counter" | "histogram" | "gauge";
  readonly unit: Unit;
  readonly description: string;
  /** Upper bounds of a histogram's buckets, in its unit; for milliseconds the usual ones serve. */
  readonly buckets?: readonly number[];
}

/** A database command that takes longer than this counts as slow, in ms. */
export const slowDatabaseCommandMs = 100;

const waitBuckets = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800];

/** Every metric that Muse emits. Alerts, workbook and documentation may name these and no others. */
export const metrics = {
  "muse.http.request": { kind: "histogram", unit: "ms", description: "Time of a request, streams to their end" },
  "muse.chat.first_token": { kind: "histogram", unit: "ms", description: "From the turn's start to its first token" },
  "muse.chat.turn": { kind: "histogram", unit: "ms", description: "From the turn's start to its end" },
  "muse.queue.message_age": {
    kind: "histogram",
    unit: "s",
    description: "How long a message was due when its work began",
    buckets: waitBuckets,
  },
  "muse.queue.oldest_message": { kind: "gauge", unit: "s", description: "Age of the message that waits longest" },
  "muse.queue.length": { kind: "gauge", unit: "{message}", description: "Messages waiting or being worked on" },
  "muse.queue.poison": { kind: "counter", unit: "{message}", description: "Messages given up after their last try" },
  "muse.generation.duration": { kind: "histogram", unit: "ms", description: "From a job's first claim to its end" },
  "muse.generation.stuck": { kind: "counter", unit: "{job}", description: "Jobs that were failed for their age" },
  "muse.credits.spent": { kind: "counter", unit: "{credit}", description: "Credits booked as spent" },
  "muse.credits.imbalance": {
    kind: "gauge",
    unit: "{account}",
    description: "Accounts whose balance, holds and spendings do not add up to what was granted",
  },
  "muse.images.stored": { kind: "counter", unit: "{image}", description: "Pictures stored, by their home" },
  "muse.webhook.failures": {
    kind: "counter",
    unit: "{event}",
    description: "Webhooks of Stripe and others that were refused or failed, by their source",
  },
  "muse.timer.failures": { kind: "counter", unit: "{event}", description: "Timer jobs that ended with an error" },
  "muse.rate_limit.fail_open": {
    kind: "counter",
    unit: "{event}",
    description: "Requests that were let through uncounted because the counters could not be reached",
  },
  "muse.provider.circuit_opened": { kind: "counter", unit: "{event}", description: "Circuits that opened" },
  "muse.database.command": { kind: "histogram", unit: "ms", description: "Time of a database command" },
  "muse.database.slow_command": {
    kind: "counter",
    unit: "{event}",
    description: `Database commands over ${slowDatabaseCommandMs} ms`,
  },
  "muse.database.pool_wait": { kind: "histogram", unit: "ms", description: "Wait for a free connection" },
  "muse.database.pool_exhausted": {
    kind: "counter",
    unit: "{event}",
    description: "Operations that found no free connection in time",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metrics;

type NameOf<K extends MetricDefinition["kind"]> = {
  [N in MetricName]: (typeof metrics)[N]["kind"] extends K ? N : never;
}[MetricName];

export type CounterName = NameOf<"counter">;
/** Metrics of which single values are observed. */
export type ObservedName = NameOf<"histogram" | "gauge">;

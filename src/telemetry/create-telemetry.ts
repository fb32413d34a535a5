import packageJson from "../../package.json" with { type: "json" };
import type { ExporterOptions } from "./exporters.ts";
import { createTelemetry } from "./telemetry.ts";

interface TelemetrySettings {
  readonly APPLICATIONINSIGHTS_CONNECTION_STRING?: string | undefined;
  readonly APPLICATIONINSIGHTS_AUTHENTICATION_STRING?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_HEADERS: Readonly<Record<string, string>>;
  readonly OTEL_METRIC_EXPORT_INTERVAL: number;
  readonly TRACE_SAMPLE_RATIO: number;
}

/** Telemetry to Application Insights, to an OTLP collector, to both, or to nowhere, as the settings say. */
export function createConfiguredTelemetry(
  settings: TelemetrySettings,
  { instance, onFailure }: { readonly instance: string; readonly onFailure: (error: unknown) => void },
) {
  const connectionString = settings.APPLICATIONINSIGHTS_CONNECTION_STRING;
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  const options: ExporterOptions = {
    azure:
      connectionString === undefined
        ? undefined
        : { connectionString, usesIdentity: /Authorization=AAD/i.test(authentication(settings)) },
    otlp: endpoint === undefined ? undefined : { endpoint, headers: settings.OTEL_EXPORTER_OTLP_HEADERS },
    metricIntervalMs: settings.OTEL_METRIC_EXPORT_INTERVAL,
    serviceVersion: packageJson.version,
    instance,
  };
  const isConfigured = options.azure !== undefined || options.otlp !== undefined;
  return createTelemetry({
    openSink: isConfigured ? async () => (await import("./exporters.ts")).openExporters(options) : null,
    sampleRatio: settings.TRACE_SAMPLE_RATIO,
    onFailure,
  });
}

function authentication(settings: TelemetrySettings): string {
  return settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING ?? "";
}

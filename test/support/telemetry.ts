import { createTelemetry } from "../../src/telemetry/telemetry.ts";

/** Telemetry as it is where no exporter is configured. */
export const noTelemetry = createTelemetry({ openSink: null, sampleRatio: 1, onFailure: () => undefined });

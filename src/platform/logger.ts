import { type DestinationStream, pino } from "pino";
import type { Logger } from "../ports/platform.ts";
import { redactText, secretFields } from "./redaction.ts";

/** Errors with their message, stack and cause; drivers put connection strings and addresses into messages, so secrets are cut out. */
function serializeError(error: unknown, depth = 0): unknown {
  if (typeof error === "string") return redactText(error);
  if (!(error instanceof Error)) return { name: Object.prototype.toString.call(error) };
  return {
    name: error.name,
    message: redactText(error.message),
    ...("code" in error ? { code: error.code } : {}),
    stack: error.stack === undefined ? undefined : redactText(error.stack),
    ...(error.cause !== undefined && depth < 3 ? { cause: serializeError(error.cause, depth + 1) } : {}),
  };
}

function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? redactText(value) : value]),
  );
}

/** JSON lines, one a record, to the process's standard output. */
export function createLogger(options: {
  level: string;
  destination?: DestinationStream;
  /** Id of the trace under way, for each line; undefined for none. */
  traceId?: () => string | undefined;
}): Logger {
  const { traceId } = options;
  return pino(
    {
      level: options.level,
      base: null,
      ...(traceId === undefined ? {} : { mixin: () => ({ traceId: traceId() }) }),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      serializers: { error: (error: unknown) => serializeError(error) },
      redact: {
        paths: secretFields.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        censor: "[redacted]",
      },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

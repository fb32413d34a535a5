import { type DestinationStream, pino } from "pino";
import type { Logger } from "../ports/platform.ts";

/** Whatever object carries one of these names, its value does not reach the log. */
const secretNames = [
  "authorization",
  "password",
  "token",
  "access_token",
  "refresh_token",
  "accessToken",
  "refreshToken",
  "apiKey",
  "api_key",
  "secret",
  "connectionString",
];

/** Errors with their message, stack and cause; drivers put connection strings into messages, so those are cut out. */
function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  return {
    name: error.name,
    message: redactUrls(error.message),
    ...("code" in error ? { code: error.code } : {}),
    stack: error.stack === undefined ? undefined : redactUrls(error.stack),
    ...(error.cause !== undefined && depth < 3 ? { cause: serializeError(error.cause, depth + 1) } : {}),
  };
}

/** Takes the user and password out of URLs, the account key out of storage connection strings and bearer tokens out of text. */
function redactUrls(text: string): string {
  return text
    .replace(/(\w+:\/\/)[^/@\s]+@/g, "$1[redacted]@")
    .replace(/(AccountKey|SharedAccessSignature|sig)=[^;&\s]+/gi, "$1=[redacted]")
    .replace(/(Bearer|sk-|muse_sk_)[\s_-]?[A-Za-z0-9._~+/-]{8,}/g, "$1[redacted]");
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
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: (error: unknown) => serializeError(error) },
      redact: {
        paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: "[redacted]",
      },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

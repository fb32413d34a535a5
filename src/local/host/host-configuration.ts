import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTimeSpan } from "./time-span.ts";

export interface HostConfiguration {
  /** Without slashes at its ends; "" if functions own the whole path. */
  readonly routePrefix: string;
  readonly functionTimeoutMilliseconds: number;
  readonly queues: QueueConfiguration;
}

export interface QueueConfiguration {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly visibilityTimeoutMilliseconds: number;
  readonly maxPollingIntervalMilliseconds: number;
  readonly messageEncoding: "base64" | "none";
}

interface HostJson {
  functionTimeout?: string;
  extensions?: {
    http?: { routePrefix?: string };
    queues?: {
      batchSize?: number;
      newBatchThreshold?: number;
      maxDequeueCount?: number;
      visibilityTimeout?: string;
      maxPollingInterval?: string;
      messageEncoding?: string;
    };
  };
}

/** The real host's own limit for a batch. */
const LARGEST_BATCH = 32;
const DEFAULT_BATCH = 16;
const DEFAULT_TIMEOUT = "00:05:00";

/**
 * Reads the settings of host.json that the local host honours, with the real host's defaults.
 * @throws Error with one line naming a setting that the real host would refuse.
 */
export function readHostConfiguration(appFolder: string, isProduction: boolean): HostConfiguration {
  const hostJson = readHostJson(appFolder);
  const queues = hostJson.extensions?.queues ?? {};
  const batchSize = queues.batchSize ?? DEFAULT_BATCH;
  requireSetting(
    batchSize >= 1 && batchSize <= LARGEST_BATCH,
    `extensions.queues.batchSize is ${batchSize}, not 1 to 32`,
  );
  const maxDequeueCount = queues.maxDequeueCount ?? 5;
  requireSetting(maxDequeueCount >= 1, `extensions.queues.maxDequeueCount is ${maxDequeueCount}, not 1 or more`);
  const messageEncoding = (queues.messageEncoding ?? "base64").toLowerCase();
  requireSetting(
    messageEncoding === "base64" || messageEncoding === "none",
    `extensions.queues.messageEncoding is "${messageEncoding}", not "base64" or "none"`,
  );
  // The real host polls an idle queue at least every 2 s in development, and every minute elsewhere.
  const maxPollingInterval = queues.maxPollingInterval ?? (isProduction ? "00:01:00" : "00:00:02");
  return {
    routePrefix: (hostJson.extensions?.http?.routePrefix ?? "api").replace(/^\/+|\/+$/g, ""),
    functionTimeoutMilliseconds: parseTimeSpan(hostJson.functionTimeout ?? DEFAULT_TIMEOUT, "functionTimeout"),
    queues: {
      batchSize,
      newBatchThreshold: queues.newBatchThreshold ?? Math.floor(batchSize / 2),
      maxDequeueCount,
      visibilityTimeoutMilliseconds: parseTimeSpan(
        queues.visibilityTimeout ?? "00:00:00",
        "extensions.queues.visibilityTimeout",
      ),
      maxPollingIntervalMilliseconds: parseTimeSpan(maxPollingInterval, "extensions.queues.maxPollingInterval"),
      messageEncoding: messageEncoding === "none" ? "none" : "base64",
    },
  };
}

function readHostJson(appFolder: string): HostJson {
  const file = join(appFolder, "host.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as HostJson;
  } catch (error) {
    throw new Error(`${file} could not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function requireSetting(isRight: boolean, complaint: string): void {
  if (!isRight) throw new Error(`host.json: ${complaint}.`);
}

/** A metric of the platform, with what an alert on it may use. */
interface Metric {
  readonly aggregations: readonly string[];
  /** Shortest interval that it is sampled at, in minutes. */
  readonly grainMinutes: number;
}

const averages = ["Average", "Maximum", "Minimum"];
const percent: Metric = { aggregations: averages, grainMinutes: 1 };

/**
 * Metrics by namespace, as far as they are of use here.
 * Source: https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/metrics-index, one page a resource type.
 */
export const metrics: Readonly<Record<string, Readonly<Record<string, Metric>>>> = {
  "microsoft.documentdb/mongoclusters": {
    AutoscaleUtilizationPercent: percent,
    CommittedMemoryPercent: percent,
    CpuPercent: percent,
    IOPS: percent,
    MemoryPercent: percent,
    MongoRequestDurationMs: { aggregations: [...averages, "Count", "Total"], grainMinutes: 1 },
    StoragePercent: percent,
    StorageUsed: percent,
  },
  "microsoft.storage/storageaccounts": {
    Availability: percent,
    SuccessE2ELatency: percent,
    SuccessServerLatency: percent,
    Transactions: { aggregations: ["Total"], grainMinutes: 1 },
    UsedCapacity: { aggregations: ["Average"], grainMinutes: 60 },
  },
  "microsoft.storage/storageaccounts/queueservices": {
    QueueCapacity: { aggregations: ["Average"], grainMinutes: 60 },
    QueueCount: { aggregations: ["Average"], grainMinutes: 60 },
    QueueMessageCount: { aggregations: ["Average"], grainMinutes: 60 },
  },
  "microsoft.keyvault/vaults": {
    Availability: { aggregations: ["Average"], grainMinutes: 1 },
    ServiceApiLatency: { aggregations: averages, grainMinutes: 1 },
    ServiceApiResult: { aggregations: ["Count", "Average"], grainMinutes: 1 },
  },
};

const common = ["TimeGenerated", "_ResourceId", "Type"];
const telemetry = [
  ...common,
  "AppRoleInstance",
  "AppRoleName",
  "ItemCount",
  "OperationId",
  "OperationName",
  "Properties",
];

/**
 * Columns of the tables that queries may ask.
 * Source: https://learn.microsoft.com/azure/azure-monitor/reference/tables-index, one page a table.
 */
export const tables: Readonly<Record<string, readonly string[]>> = {
  AppTraces: [...telemetry, "Message", "SeverityLevel"],
  AppRequests: [...telemetry, "DurationMs", "Name", "ResultCode", "Success", "Url"],
  AppMetrics: [...telemetry, "Max", "Min", "Name", "Sum"],
  AppExceptions: [...telemetry, "ExceptionType", "OuterMessage", "ProblemId"],
  AppDependencies: [...telemetry, "DependencyType", "DurationMs", "Name", "ResultCode", "Success", "Target"],
  VCoreMongoRequests: [
    ...common,
    "ActivityId",
    "CollectionName",
    "DatabaseName",
    "DurationMs",
    "ErrorCode",
    "OperationName",
    "RequestLength",
    "ResponseLength",
    "UserAgent",
  ],
};

/** How often metric alerts may look, and over which time. Source: Microsoft.Insights/metricAlerts, REST reference. */
export const metricAlertTimes = {
  every: ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H"],
  window: ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"],
};

/** The same of log alerts. Source: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule */
export const logAlertTimes = {
  every: ["PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D"],
  window: [
    "PT1M",
    "PT5M",
    "PT10M",
    "PT15M",
    "PT30M",
    "PT45M",
    "PT1H",
    "PT2H",
    "PT3H",
    "PT4H",
    "PT5H",
    "PT6H",
    "P1D",
    "P2D",
  ],
};

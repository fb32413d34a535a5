import { type BicepFile, bodyOf, isObject, objectsIn } from "./bicep.ts";

/** What the app reads, as `src/schemas/settings.ts` exports it. */
export interface AppSettings {
  readonly names: readonly string[];
  readonly secrets: readonly string[];
}

/** Settings of the host and the SDKs that the template may set. Source: https://learn.microsoft.com/azure/azure-functions/functions-app-settings */
const platformSettings = new Set([
  "AzureWebJobsStorage__credential",
  "AzureWebJobsStorage__clientId",
  "AzureWebJobsDisableHomepage",
  "APPLICATION_INSIGHTS_NO_STATSBEAT",
  "AZURE_CLIENT_ID",
]);

/** Settings that the template leaves out on purpose. */
const leftOut: Readonly<Record<string, string>> = {
  AzureWebJobsStorage: "a connection string would need shared keys",
  AzureWebJobsStorage__blobServiceUri: "AzureWebJobsStorage__accountName gives it",
  AzureWebJobsStorage__queueServiceUri: "AzureWebJobsStorage__accountName gives it",
  GOOGLE_BASE_URL: "the provider's own address is the default",
  GITHUB_BASE_URL: "the provider's own address is the default",
  MICROSOFT_BASE_URL: "the provider's own address is the default",
  OTEL_EXPORTER_OTLP_ENDPOINT: "Application Insights takes what the app emits; the host would send there as well",
  OTEL_EXPORTER_OTLP_HEADERS: "belongs to OTEL_EXPORTER_OTLP_ENDPOINT",
  STRIPE_API_BASE: "the provider's own address is the default",
  LOCAL_EXTENSIONS: "for development; the app refuses it in production",
};

/**
 * Settings that Flex Consumption refuses because functionAppConfig has them, and those that belong to a laptop.
 * Source: https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
 */
const forbidden = [
  "FUNCTIONS_WORKER_RUNTIME",
  "FUNCTIONS_WORKER_RUNTIME_VERSION",
  "FUNCTIONS_EXTENSION_VERSION",
  "FUNCTIONS_MAX_HTTP_CONCURRENCY",
  "FUNCTIONS_WORKER_PROCESS_COUNT",
  "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED",
  "WEBSITE_NODE_DEFAULT_VERSION",
  "WEBSITE_RUN_FROM_PACKAGE",
  "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
  "WEBSITE_CONTENTSHARE",
  "WEBSITE_VNET_ROUTE_ALL",
  "SCM_DO_BUILD_DURING_DEPLOYMENT",
  "ENABLE_ORYX_BUILD",
  "AzureWebJobsStorage",
  "LOCAL_EXTENSIONS",
];

/** Properties of a site that Flex Consumption does not have. Source: the same page. */
const forbiddenProperties = [
  "alwaysOn",
  "containerSize",
  "ftpsState",
  "isXenon",
  "javaVersion",
  "linuxFxVersion",
  "netFrameworkVersion",
  "nodeVersion",
  "powerShellVersion",
  "preWarmedInstanceCount",
  "use32BitWorkerProcess",
  "vnetBackupRestoreEnabled",
  "vnetContentShareEnabled",
  "vnetImagePullEnabled",
  "vnetRouteAllEnabled",
  "windowsFxVersion",
];

/** Every setting that the app reads is set by the template or left out on purpose, and nothing is set that nobody reads. */
export function checkSettings(files: readonly BicepFile[], app: AppSettings): string[] {
  const set = settingsOf(files);
  const hasVault = "KEY_VAULT_URL" in set;
  const problems: string[] = [];
  for (const name of app.names) {
    // Optional secrets are looked up in the vault by name: a reference to a secret that is not there would be a value.
    const isLookedUp = hasVault && app.secrets.includes(name);
    if (!(name in set) && !(name in leftOut) && !isLookedUp)
      problems.push(`the app reads ${name}, and the template does not set it`);
  }
  const read = new Set([...app.names, ...platformSettings]);
  for (const [name, value] of Object.entries(set)) {
    if (forbidden.includes(name)) problems.push(`the template must not set ${name}`);
    else if (!read.has(name)) problems.push(`the template sets ${name}, and nothing reads it`);
    if (app.secrets.includes(name) && !String(value).startsWith("@Microsoft.KeyVault(")) {
      problems.push(`the setting ${name} is a secret and no Key Vault reference`);
    }
  }
  if (set.NODE_ENV !== "production") problems.push('the template must set NODE_ENV to "production"');
  problems.push(...checkSite(files));
  for (const name of Object.keys(leftOut)) {
    if (!app.names.includes(name))
      problems.push(`the list of left-out settings names ${name}, which the app does not read`);
  }
  return problems;
}

function checkSite(files: readonly BicepFile[]): string[] {
  const sites = files
    .flatMap(({ tree }) => Object.values(tree.resources ?? {}))
    .filter(({ type }) => type === "Microsoft.Web/sites");
  const used = sites.flatMap((site) => [...objectsIn(bodyOf(site.config))].flatMap((object) => Object.keys(object)));
  return forbiddenProperties
    .filter((name) => used.includes(name))
    .map((name) => `Flex Consumption has no site property ${name}`);
}

function settingsOf(files: readonly BicepFile[]): Readonly<Record<string, unknown>> {
  for (const { tree } of files) {
    for (const resource of Object.values(tree.resources ?? {})) {
      if (resource.type !== "Microsoft.Web/sites/config") continue;
      const { name, properties } = bodyOf(resource.config);
      if (name === "appsettings" && isObject(properties)) return properties;
    }
  }
  return {};
}

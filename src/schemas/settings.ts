import * as z from "zod";
import { parseNetwork } from "../domain/network.ts";

const list = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ""),
  );

const modelList = list.pipe(
  z.array(z.string().regex(/^[a-z0-9-]+:.+$/, 'must be a comma-separated list of "provider:model"')),
);

/** Providers of pictures by the names that they have elsewhere: in `CHAT_MODELS`, and in `SD_WEBUI_URL`. */
const imageModelList = modelList.transform((entries) =>
  entries.map((entry) => entry.replace(/^openai:/, "openai-images:").replace(/^sd-webui:/, "stable-diffusion-webui:")),
);

/** "name=value,name=value" with values percent-encoded, as OpenTelemetry's specification of exporters has it. */
const headerList = list.pipe(
  z.array(z.string().regex(/^[^=\s]+=[^=]*$/, 'must be a comma-separated list of "name=value"')).transform((entries) =>
    Object.fromEntries(
      entries.map((entry) => {
        const [name = "", value = ""] = entry.split("=");
        return [name.trim(), decodeURIComponent(value.trim())];
      }),
    ),
  ),
);

const networkList = list.pipe(
  z.array(
    z
      .string()
      .refine(
        (entry) => parseNetwork(entry) !== null,
        "must be a comma-separated list of IP addresses and CIDR networks",
      ),
  ),
);

const encryptionKeyBytes = 32;

/** "id:base64,id:base64" with 32 bytes each; nothing of a key reaches a message. */
const encryptionKeys = list.pipe(
  z
    .array(
      z
        .string()
        .regex(
          /^[A-Za-z0-9_-]{1,32}:[A-Za-z0-9+/]{43}=$/,
          `must be a comma-separated list of "id:base64" with ${encryptionKeyBytes} bytes each, newest first`,
        )
        .transform((entry) => {
          const [id = "", base64 = ""] = entry.split(":");
          return { id, bytes: new Uint8Array(Buffer.from(base64, "base64")) };
        }),
    )
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, "must not have an id twice"),
);

const minimumSecretLength = 32;

/**
 * All settings of Muse, by the names of the environment. Values are text there; here they become what they mean.
 * A description says what each is for; `local.settings.example.json` has a safe local value for each.
 */
export const settingsSchema = z.object({
  NODE_ENV: z.string().default("development"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  MONGODB_URI: z
    .string({ error: "is missing: the connection string of the database" })
    .regex(/^mongodb(\+srv)?:\/\//, "must begin with mongodb:// or mongodb+srv://"),
  MONGODB_DATABASE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,38}$/, "must be 1 to 38 letters, digits, _ or -")
    .default("muse"),
  MONGODB_MIN_POOL_SIZE: z.coerce.number().int().min(0).max(50).default(10),
  AzureWebJobsStorage: z.string().min(1).optional(),
  AzureWebJobsStorage__accountName: z.string().min(1).optional(),
  AzureWebJobsStorage__blobServiceUri: z.url().optional(),
  AzureWebJobsStorage__queueServiceUri: z.url().optional(),
  BLOB_CONTAINER: z
    .string()
    .regex(
      /^[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}$/,
      "must be a container name: lower-case letters, digits and single dashes",
    )
    .default("muse"),
  JWT_SECRET: list.pipe(
    z
      .array(z.string().min(minimumSecretLength, `must have at least ${minimumSecretLength} characters`))
      .min(
        1,
        `is missing: at least ${minimumSecretLength} random characters; several secrets, newest first, are separated by commas`,
      ),
  ),
  ENCRYPTION_KEYS: encryptionKeys,
  PUBLIC_BASE_URL: z
    .url({ protocol: /^https?$/, error: "must be the http(s) address that clients see, as https://muse.example" })
    .transform((url) => url.replace(/\/+$/, "")),
  ALLOWED_ORIGINS: list,
  IP_ALLOW_LIST: networkList,
  RATE_LIMIT_FACTOR: z.coerce.number().positive().max(1_000).default(1),
  ALLOW_LOOPBACK_ADDRESSES: z
    .enum(["true", "false"])
    .default("false")
    .transform((value) => value === "true"),
  KEY_VAULT_URL: z.url({ protocol: /^https$/ }).optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  AZURE_OPENAI_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  AZURE_OPENAI_API_KEY: z.string().min(1).optional(),
  REPLICATE_API_TOKEN: z.string().min(1).optional(),
  REPLICATE_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  REPLICATE_WEBHOOK_SECRET: z
    .string()
    .regex(/^(whsec_)?[A-Za-z0-9+/_-]+={0,2}$/, "must be whsec_ and base64, as Replicate gives it")
    .optional(),
  SD_WEBUI_URL: z.url({ protocol: /^https?$/ }).optional(),
  CHAT_MODELS: modelList,
  IMAGE_MODELS: imageModelList,
  ACS_CONNECTION_STRING: z
    .string()
    .regex(/^endpoint=https?:\/\/.+;accesskey=.+/i, "must be endpoint=https://…;accesskey=…")
    .optional(),
  ACS_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  MAIL_FROM: z.email().optional(),
  ADMIN_EMAILS: list.transform((addresses) => addresses.map((address) => address.toLowerCase())),
  GOOGLE_CLIENT_ID: z.string().min(1).optional(),
  GOOGLE_CLIENT_SECRET: z.string().min(1).optional(),
  GOOGLE_BASE_URL: z.url({ protocol: /^https?$/ }).default("https://accounts.google.com"),
  GITHUB_CLIENT_ID: z.string().min(1).optional(),
  GITHUB_CLIENT_SECRET: z.string().min(1).optional(),
  GITHUB_BASE_URL: z.url({ protocol: /^https?$/ }).default("https://github.com"),
  MICROSOFT_CLIENT_ID: z.string().min(1).optional(),
  MICROSOFT_CLIENT_SECRET: z.string().min(1).optional(),
  MICROSOFT_TENANT: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, "must be common, organizations, consumers or a tenant's id")
    .default("common"),
  MICROSOFT_BASE_URL: z.url({ protocol: /^https?$/ }).default("https://login.microsoftonline.com"),
  PWNED_PASSWORDS_URL: z.url({ protocol: /^https?$/ }).optional(),
  IMGBB_API_KEY: z.string().min(1).optional(),
  IMGBB_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  POSTIMAGES_API_KEY: z.string().min(1).optional(),
  POSTIMAGES_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  STRIPE_SECRET_KEY: z.string().min(1).optional(),
  STRIPE_WEBHOOK_SECRET: list,
  STRIPE_API_BASE: z.url({ protocol: /^https?$/ }).optional(),
  STRIPE_PRICE_BASIC_MONTHLY: list,
  STRIPE_PRICE_BASIC_YEARLY: list,
  STRIPE_PRICE_PRO_MONTHLY: list,
  STRIPE_PRICE_PRO_YEARLY: list,
  STRIPE_PRICE_ENTERPRISE_MONTHLY: list,
  STRIPE_PRICE_ENTERPRISE_YEARLY: list,
  STRIPE_PRICE_PACK_SMALL: list,
  STRIPE_PRICE_PACK_MEDIUM: list,
  STRIPE_PRICE_PACK_LARGE: list,
  BLOB_REDIRECT: z.enum(["auto", "on", "off"]).default("auto"),
  CACHE_DIR: z.string().min(1).default("/tmp/muse-cache"),
  CACHE_MAX_AGE_DAYS: z.coerce.number().positive().default(30),
  CACHE_MAX_MEGABYTES: z.coerce.number().positive().default(500),
  STUCK_AFTER_MINUTES: z.coerce.number().positive().default(30),
  ARCHIVE_AFTER_DAYS: z.coerce.number().positive().optional(),
  PURGE_AFTER_DAYS: z.coerce.number().positive().default(30),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().includes("InstrumentationKey=").optional(),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z.string().min(1).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headerList,
  OTEL_METRIC_EXPORT_INTERVAL: z.coerce.number().int().min(100).default(60_000),
  TRACE_SAMPLE_RATIO: z.coerce.number().min(0).max(1).default(1),
  LOCAL_EXTENSIONS: z.string().min(1).optional(),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;

/** Settings whose values are secrets; with `KEY_VAULT_URL` set they are looked up there when the environment has none. */
export const secretSettings = [
  "MONGODB_URI",
  "JWT_SECRET",
  "ENCRYPTION_KEYS",
  "OPENAI_API_KEY",
  "AZURE_OPENAI_API_KEY",
  "REPLICATE_API_TOKEN",
  "REPLICATE_WEBHOOK_SECRET",
  "ACS_CONNECTION_STRING",
  "GOOGLE_CLIENT_SECRET",
  "GITHUB_CLIENT_SECRET",
  "MICROSOFT_CLIENT_SECRET",
  "IMGBB_API_KEY",
  "POSTIMAGES_API_KEY",
  "STRIPE_SECRET_KEY",
  "STRIPE_WEBHOOK_SECRET",
] as const satisfies readonly SettingName[];

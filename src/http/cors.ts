const exposedHeaders = [
  "x-request-id",
  "location",
  "content-disposition",
  "retry-after",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "idempotency-replayed",
  "x-should-retry",
].join(", ");
/** What OpenAI's client sends of its own accord. */
const openAIClientHeaders = ["arch", "lang", "os", "package-version", "retry-count", "runtime", "runtime-version"]
  .concat("timeout", "helper-method")
  .map((name) => `x-stainless-${name}`);
const allowedHeaders = [
  "authorization",
  "content-type",
  "idempotency-key",
  "last-event-id",
  "x-request-id",
  "x-file-name",
  ...openAIClientHeaders,
].join(", ");
const preflightSeconds = "600";

/**
 * CORS headers for a request's origin (Fetch standard, "CORS protocol"); none when the origin is not allowed.
 * Credentials are never allowed: Muse's clients send a token, not a cookie.
 */
export function corsHeaders(origin: string | null, allowedOrigins: readonly string[]): Record<string, string> {
  if (origin === null) return {};
  const isAllowed = allowedOrigins.includes("*") || allowedOrigins.includes(origin);
  if (!isAllowed) return { vary: "Origin" };
  return { "access-control-allow-origin": origin, "access-control-expose-headers": exposedHeaders, vary: "Origin" };
}

export function preflightHeaders(methods: readonly string[]): Record<string, string> {
  return {
    "access-control-allow-methods": methods.join(", "),
    "access-control-allow-headers": allowedHeaders,
    "access-control-max-age": preflightSeconds,
  };
}

/** What an API key may be allowed to do. */
export const apiKeyScopes = [
  "chat",
  "images",
  "files",
  "projects",
  "integrations",
  "account:read",
  "account:write",
  "billing",
  "admin",
] as const;
export type ApiKeyScope = (typeof apiKeyScopes)[number];

/** What a key has only where it was asked for: changing the account, money, and administration. */
const withheldScopes: readonly ApiKeyScope[] = ["account:write", "billing", "admin"];

/** What a key gets that asks for nothing. */
export const defaultApiKeyScopes: readonly ApiKeyScope[] = apiKeyScopes.filter(
  (scope) => !withheldScopes.includes(scope),
);

/** What a route asks of a key: a scope; that somebody signed in, so that no key will do; or nothing (null). */
export type RouteScope = ApiKeyScope | "session" | null;

/** By the beginning of the path; the first that fits decides. */
const scopesByPath: readonly (readonly [RegExp, RouteScope])[] = [
  [/^\/v1\/users\/me\/(password|email|sessions|api-keys|linked-providers|webhook-secret|export)\b/, "session"],
  [/^\/v1\/billing\b/, "billing"],
  [/^\/v1\/(admin|image-restores)\b/, "admin"],
  [/^\/v1\/(generations|images|image-archives|image-batches)\b/, "images"],
  [/^\/(generate-image|img2img|openai\/v1\/images)\b/, "images"],
  [/^\/v1\/files\b/, "files"],
  [/^\/v1\/(projects|project-stats)\b|^\/download\b/, "projects"],
  [/^\/v1\/integrations\b/, "integrations"],
  [/^\/v1\/(conversations|messages|chat|memories|search|shared)\b|^\/openai\/v1\/chat\b/, "chat"],
  [/^\/v1\/models\b|^\/openai\/v1\/models\b/, null],
];

/** What a route asks of a key. A route that nothing is said about takes no key: so a new one cannot be left open. */
export function scopeOf({ method, path }: { readonly method: string; readonly path: string }): RouteScope {
  if (path === "/v1/users/me" && method === "DELETE") return "session";
  const entry = scopesByPath.find(([pattern]) => pattern.test(path));
  if (entry !== undefined) return entry[1];
  if (/^\/v1\/users\/me\b/.test(path)) return method === "GET" ? "account:read" : "account:write";
  return "session";
}

/** A year: what browsers' preload lists and auditors ask for. Source: RFC 6797 §6.1.1. */
const oneYearSeconds = 31_536_000;

/**
 * Headers that every answer has. What is no page of ours may load and run nothing, wherever somebody shows it; pages
 * bring a policy of their own. HSTS is sent in production alone: on a laptop it would lock a whole host name to HTTPS.
 */
export function commonHeaders({ isHttpsOnly }: { readonly isHttpsOnly: boolean }): Record<string, string> {
  return {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    ...(isHttpsOnly ? { "strict-transport-security": `max-age=${oneYearSeconds}` } : {}),
  };
}

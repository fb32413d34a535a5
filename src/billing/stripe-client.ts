import type { Stripe } from "stripe";

/** How long one try of a call may take: with its retries, it ends before whoever waits for a page gives up. In ms. */
const patienceMs = 6_000;

/**
 * Stripe's official client, which is loaded now.
 * @param options.baseUrl address of the API; undefined for Stripe's own
 */
export async function connectStripe({
  secretKey,
  baseUrl,
}: {
  readonly secretKey: string;
  readonly baseUrl?: string | undefined;
}): Promise<Stripe> {
  const { default: StripeClient } = await import("stripe");
  const address = baseUrl === undefined ? undefined : new URL(baseUrl);
  return new StripeClient(secretKey, {
    maxNetworkRetries: 2,
    timeout: patienceMs,
    telemetry: false,
    httpClient: StripeClient.createFetchHttpClient(createFetch(address)),
    ...(address === undefined
      ? {}
      : {
          protocol: address.protocol === "http:" ? "http" : "https",
          host: address.hostname.replace(/^\[|\]$/g, ""),
          port: address.port || (address.protocol === "http:" ? 80 : 443),
        }),
  });
}

/**
 * How the client reaches an API at `address`: it knows of host and port only, so the path that the address may have is put
 * before each of its own. A 404 without the API's JSON, as what stands before or in for it may send, says the same as one
 * with it: it is not there.
 */
function createFetch(address: URL | undefined): typeof fetch {
  // Some write the version into the address; the client's paths begin with it.
  const path = address?.pathname.replace(/\/+$/, "").replace(/\/v1$/, "") ?? "";
  return async (url, init) => {
    const target = new URL(url instanceof Request ? url.url : url);
    target.pathname = `${path}${target.pathname}`;
    const response = await fetch(target, init);
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    if (response.status !== 404 || isJson) return response;
    await response.body?.cancel();
    return Response.json({ error: { type: "invalid_request_error", code: "resource_missing" } }, { status: 404 });
  };
}

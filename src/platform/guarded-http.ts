import { BlockList, isIP, type LookupFunction } from "node:net";
import type { AxiosResponse } from "axios";
import { AppError } from "../domain/errors.ts";
import type { GuardedHttp, OutboundRequest, OutboundResponse } from "../ports/outbound.ts";

const userAgent = "Muse";
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const loopbackAddresses = ["127.0.0.1", "::1"];

/**
 * Addresses that are not on the public internet. Only for a first look at a literal address: what a connection may reach
 * is decided by the agent below, from the address that the name resolved to.
 * Source: the IANA special-purpose address registries (RFC 6890 and its updates).
 */
const special = new BlockList();
for (const [address, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  special.addSubnet(address, prefix, "ipv4");
}
/** The one range of IPv6 in which public addresses are given out: RFC 4291 §2.4, RFC 3587. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");
const documentation = new BlockList();
documentation.addSubnet("2001:db8::", 32, "ipv6");
documentation.addSubnet("2002::", 16, "ipv6");

function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !special.check(address, "ipv4");
  return globalUnicast.check(address, "ipv6") && !documentation.check(address, "ipv6");
}

/** As a URL writes it: IPv6 in brackets, IPv4 already in its usual form however it was written. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

/**
 * HTTP to addresses that users name.
 *
 * The filtering agent looks at the address of each connection, after the name was resolved and before anything is sent,
 * so a name that changes its address between two looks (DNS rebinding) gains nothing. Redirects are followed by hand,
 * each through the same agent. No proxy of the environment is used: it would resolve names by itself.
 * @param options.allowsLoopback for a laptop and for tests, whose receivers are on this machine; other private addresses
 * are refused all the same
 * @param options.lookup resolves names; the system's resolver unless given
 */
export function createGuardedHttp(options: { allowsLoopback: boolean; lookup?: LookupFunction }): GuardedHttp {
  const { allowsLoopback } = options;
  const isAllowedLoopback = (host: string) => allowsLoopback && loopbackAddresses.includes(host);
  const filter = {
    allowIPAddressList: allowsLoopback ? loopbackAddresses : [],
    keepAlive: false,
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  };

  function refusal(address: string): string | null {
    if (!URL.canParse(address)) return "must be an absolute http or https address";
    const url = new URL(address);
    if (url.protocol !== "https:" && url.protocol !== "http:") return "must be an http or https address";
    if (url.username !== "" || url.password !== "") return "must not hold a user name or a password";
    const host = hostOf(url);
    const isLocalName = host === "localhost" || host.endsWith(".localhost");
    if (isLocalName && !allowsLoopback) return "must be a public address";
    if (isIP(host) !== 0 && !isPublicAddress(host) && !isAllowedLoopback(host)) return "must be a public address";
    return null;
  }

  async function send(url: string, request: OutboundRequest, signal: AbortSignal): Promise<AxiosResponse<Buffer>> {
    const [{ default: axios }, { RequestFilteringHttpAgent, RequestFilteringHttpsAgent }] = await Promise.all([
      import("axios"),
      import("request-filtering-agent"),
    ]);
    return axios.request<Buffer>({
      url,
      method: request.method ?? "GET",
      headers: { "user-agent": userAgent, ...request.headers },
      ...(request.body === undefined ? {} : { data: request.body }),
      httpAgent: new RequestFilteringHttpAgent(filter),
      httpsAgent: new RequestFilteringHttpsAgent(filter),
      proxy: false,
      maxRedirects: 0,
      responseType: "arraybuffer",
      maxContentLength: request.maxBytes,
      maxBodyLength: Number.POSITIVE_INFINITY,
      transformRequest: (data: unknown) => data,
      transformResponse: (data: unknown) => data,
      validateStatus: () => true,
      signal,
    });
  }

  async function fetchPublic(request: OutboundRequest): Promise<OutboundResponse> {
    const timeout = AbortSignal.timeout(request.timeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    let url = request.url;
    for (let hops = 0; ; hops += 1) {
      const refused = refusal(url);
      if (refused !== null) throw new AppError("unprocessable", { detail: `The address ${refused}.` });
      const response = await send(url, request, signal).catch((error: unknown) => {
        throw failure(error, request.maxBytes, timeout);
      });
      const location: unknown = response.headers.location;
      const goesOn = redirects.has(response.status) && typeof location === "string";
      if (!goesOn || request.maxRedirects === undefined) return toResponse(response);
      if (hops >= request.maxRedirects || !URL.canParse(location, url)) {
        throw new AppError("unprocessable", { detail: "The address redirects too often, or to nowhere." });
      }
      url = new URL(location, url).href;
    }
  }

  return { refusal, fetchPublic };
}

function toResponse(response: AxiosResponse<Buffer>): OutboundResponse {
  const headers = Object.entries(response.headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name.toLowerCase(), value] as const] : [],
  );
  return { status: response.status, headers: Object.fromEntries(headers), bytes: response.data };
}

/** What the network's error means for whoever named the address; the network's own words stay in `cause`. */
function failure(error: unknown, maxBytes: number, timeout: AbortSignal): AppError {
  const message = error instanceof Error ? error.message : "";
  if (/maxContentLength/.test(message)) {
    return new AppError("payload_too_large", {
      detail: `What is there has more than ${maxBytes} bytes.`,
      cause: error,
    });
  }
  if (/is not allowed/.test(message)) {
    return new AppError("unprocessable", { detail: "The address must be a public address.", cause: error });
  }
  const detail = timeout.aborted ? "The address did not answer in time." : "The address could not be reached.";
  return new AppError("unprocessable", { detail, isRetryable: true, cause: error });
}

import type { HttpRequest } from "@azure/functions";

/** The client's own request id if it is sane, else an empty string. */
export function requestIdOf(request: HttpRequest): string {
  const sent = request.headers.get("x-request-id") ?? "";
  return /^[A-Za-z0-9._-]{1,128}$/.test(sent) ? sent : "";
}

/** RFC 6750 §2.1; the scheme's name is case-insensitive. */
export function bearerToken(request: HttpRequest): string | null {
  const match = /^Bearer +([^\s]+)$/i.exec(request.headers.get("authorization") ?? "");
  return match?.[1] ?? null;
}

/**
 * The address that the client called from. Azure's front end appends what it saw, with a port, to whatever the client sent
 * as `x-forwarded-for`; so the last entry is the true one, and those before it are anybody's words.
 */
export function clientAddress(request: HttpRequest): string | null {
  const last = request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  if (last === undefined || last === "") return null;
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(last);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return /^(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?$/.exec(last)?.[1] ?? last;
}

export function userAgentOf(request: HttpRequest): string | null {
  return request.headers.get("user-agent")?.slice(0, 300) ?? null;
}

/** Route parameters; hosts hand them over as they stand in the path. */
export function decodedParams(request: HttpRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, safeDecode(value)]));
}

function safeDecode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

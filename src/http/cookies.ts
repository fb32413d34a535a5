/** The cookies of a request (RFC 6265 §5.4). */
export function parseCookies(header: string | null): ReadonlyMap<string, string> {
  const pairs = (header ?? "").split(";").map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()] as const;
  });
  return new Map(pairs.filter(([name]) => name !== ""));
}

/**
 * A cookie that scripts cannot read and that other sites' requests do not carry, except when the browser itself goes there.
 * @param options.maxAgeSeconds 0 takes it away
 */
export function setCookie(
  cookie: { readonly name: string; readonly value: string },
  options: { readonly path: string; readonly maxAgeSeconds: number; readonly isSecure: boolean },
): string {
  const { path, maxAgeSeconds, isSecure } = options;
  const secure = isSecure ? "; Secure" : "";
  return `${cookie.name}=${cookie.value}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`;
}

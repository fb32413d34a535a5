/**
 * Where a browser may be sent after a sign-in: to this deployment or to an origin that may call it, and nowhere else.
 * @param given absolute, or relative to this deployment
 * @returns the address without its fragment; null for any other
 */
export function returnAddress(
  given: string | undefined,
  { publicBaseUrl, allowedOrigins }: { readonly publicBaseUrl: string; readonly allowedOrigins: readonly string[] },
): string | null {
  const home = `${publicBaseUrl}/`;
  if (given === undefined) return home;
  if (!URL.canParse(given, home)) return null;
  const url = new URL(given, home);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  const isAllowed = url.origin === new URL(home).origin || allowedOrigins.includes(url.origin);
  if (!isWeb || !isAllowed || url.username !== "" || url.password !== "") return null;
  url.hash = "";
  return url.href;
}

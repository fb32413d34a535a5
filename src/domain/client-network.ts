/** Groups of an IPv6 address that name a site's network; whoever has one may take any address in it (RFC 6177). */
const networkGroups = 4;
const allGroups = 8;

/**
 * What a client is counted by: an IPv4 address, or the /64 network of an IPv6 address, which is one customer's as a rule.
 * An IPv4 address that is written as IPv6 counts as itself; what is no address stays as it is.
 */
export function clientNetwork(address: string): string {
  const [withoutZone = ""] = address.toLowerCase().split("%");
  if (!withoutZone.includes(":")) return address;
  const last = withoutZone.slice(withoutZone.lastIndexOf(":") + 1);
  if (last.includes(".")) return last;
  const [before = "", after] = withoutZone.split("::");
  const groups = before.split(":").filter((group) => group !== "");
  const behind = after?.split(":").filter((group) => group !== "") ?? [];
  const zeros = Array.from({ length: Math.max(0, allGroups - groups.length - behind.length) }, () => "0");
  const network = [...groups, ...zeros, ...behind].slice(0, networkGroups);
  return `${network.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

import { isIP } from "node:net";

export type AddressFamily = "ipv4" | "ipv6";

export interface Network {
  readonly address: string;
  /** Length of the prefix in bits; all of them for a single address. */
  readonly prefix: number;
  readonly family: AddressFamily;
}

const families: Readonly<Record<number, { readonly family: AddressFamily; readonly bits: number }>> = {
  4: { family: "ipv4", bits: 32 },
  6: { family: "ipv6", bits: 128 },
};

/** The family of an address; null for what is none. */
export function addressFamily(address: string | null): AddressFamily | null {
  return families[isIP(address ?? "")]?.family ?? null;
}

/** "203.0.113.7" or "2001:db8::/32" (RFC 4632, RFC 4291 §2.3) in its parts; null for anything else. */
export function parseNetwork(entry: string): Network | null {
  const [address = "", prefix, ...rest] = entry.split("/");
  const known = families[isIP(address)];
  if (known === undefined || rest.length > 0 || address.includes("%")) return null;
  if (prefix === undefined) return { address, prefix: known.bits, family: known.family };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > known.bits) return null;
  return { address, prefix: Number(prefix), family: known.family };
}

/** Groups of an IPv6 address that name a site's network; whoever has one may take any address in it (RFC 6177). */
const siteGroups = 4;
const allGroups = 8;

/**
 * What a client is counted by: an IPv4 address, or the /64 network of an IPv6 address, which is one customer's as a rule.
 * An IPv4 address that is written as IPv6 counts as itself; what is no address stays as it is, and all without one are one.
 */
export function clientNetwork(address: string | null): string {
  if (address === null) return "unknown";
  if (addressFamily(address) !== "ipv6") return address;
  const [withoutZone = ""] = address.toLowerCase().split("%");
  const last = withoutZone.slice(withoutZone.lastIndexOf(":") + 1);
  if (last.includes(".")) return last;
  const [before = "", behind = ""] = withoutZone.split("::");
  const head = before.split(":").filter(Boolean);
  const tail = behind.split(":").filter(Boolean);
  const zeros = Array.from({ length: allGroups - head.length - tail.length }, () => "0");
  const site = [...head, ...zeros, ...tail].slice(0, siteGroups);
  return `${site.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

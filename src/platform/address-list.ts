import { BlockList } from "node:net";
import { addressFamily, parseNetwork } from "../domain/network.ts";

/** Addresses and networks of clients. */
export interface AddressList {
  readonly isEmpty: boolean;
  /** False for what is no address. */
  has(address: string | null): boolean;
}

/** @param entries addresses and networks in CIDR notation, IPv4 and IPv6 */
export function createAddressList(entries: readonly string[]): AddressList {
  const list = new BlockList();
  for (const entry of entries) {
    const network = parseNetwork(entry);
    if (network === null) throw new Error(`${entry} is no address or network`);
    list.addSubnet(network.address, network.prefix, network.family);
  }
  return {
    isEmpty: entries.length === 0,
    has: (address) => {
      const family = addressFamily(address);
      return address !== null && family !== null && list.check(address, family);
    },
  };
}

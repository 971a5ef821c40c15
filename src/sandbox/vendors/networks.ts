import { BlockList, isIPv6 } from "node:net";

/** Whether an address is one of those, or in one of those blocks. */
export function contains(networks: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const entry of networks) {
    const [network = "", prefix] = entry.split("/");
    if (prefix === undefined) list.addAddress(network, family(network));
    else list.addSubnet(network, Number(prefix), family(network));
  }
  return list.check(address, family(address));
}

function family(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

import { BlockList, isIP } from "node:net";
import { canonicalAddress } from "./address.ts";

/** Peers are few (the proxies and services in front); a flood of others must not grow this. */
const REMEMBERED_ADDRESSES = 1024;

/**
 * Whether the peer with this address may name units. Undefined where everybody may, so that the check costs nothing then.
 *
 * @param blocks `address/prefix`, as the configuration gives them; a peer's IPv4-mapped IPv6 counts as IPv4
 */
export function createHeaderTrust(
  blocks: readonly string[] | undefined,
): ((remoteAddress: string) => boolean) | undefined {
  if (blocks === undefined) return undefined;
  // One list for each family: in a shared one an IPv6 block such as ::/0 would hold the IPv4 addresses too.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const block of blocks) {
    const [network = "", prefix] = block.split("/");
    const family = familyOf(network);
    lists[family].addSubnet(network, Number(prefix), family);
  }
  const check = (remoteAddress: string): boolean => {
    const address = canonicalAddress(remoteAddress);
    if (address === undefined) return false;
    const family = familyOf(address);
    return lists[family].check(address, family);
  };
  const known = new Map<string, boolean>();
  return (remoteAddress) => {
    const remembered = known.get(remoteAddress);
    if (remembered !== undefined) return remembered;
    if (known.size === REMEMBERED_ADDRESSES) known.clear();
    const trusted = check(remoteAddress);
    known.set(remoteAddress, trusted);
    return trusted;
  };
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}

import { isIP, isIPv6, SocketAddress } from "node:net";

/**
 * The address of the downstream, in one spelling per address; undefined where none can be read.
 *
 * With `trustedHops` proxies in front, each of which appends the address that connected to it, the entry that
 * many from the right was written by the outermost trusted one. Everything further left is the caller's claim.
 * Where there are fewer entries, all of them were written by proxies, and the leftmost is the caller's.
 */
export function clientAddress(
  remoteAddress: string,
  forwardedFor: string | undefined,
  trustedHops: number,
): string | undefined {
  if (trustedHops === 0 || forwardedFor === undefined) return canonicalAddress(remoteAddress);
  return canonicalAddress(withoutPort(entryFromRight(forwardedFor, trustedHops).trim()));
}

/** The address in the one spelling by which it is hashed and compared; IPv4-mapped IPv6 is IPv4. */
export function canonicalAddress(address: string): string | undefined {
  const plain = address.replace(/%.*$/, "");
  const family = isIP(plain);
  if (family === 0) return undefined;
  if (family === 4) return plain;
  const spelled = new SocketAddress({ address: plain, family: "ipv6" }).address;
  return /^::ffff:(\d+(?:\.\d+){3})$/i.exec(spelled)?.[1] ?? spelled;
}

/** Entries to the left are never looked at: a caller may have written thousands. */
function entryFromRight(list: string, position: number): string {
  let end = list.length;
  for (let left = position; ; left--) {
    const comma = end === 0 ? -1 : list.lastIndexOf(",", end - 1);
    if (left === 1 || comma === -1) return list.slice(comma + 1, end);
    end = comma;
  }
}

/** Some balancers append `192.0.2.1:5123` or `[2001:db8::1]:5123`. */
function withoutPort(entry: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(entry)?.[1] ?? entry;
}

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/**
 * What addresses are counted by: of IPv6 the first 64 bits, since whoever has one address there has all of them.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [left = "", right] = address.split("::");
  const leading = left === "" ? [] : left.split(":");
  if (right === undefined) return leading.slice(0, NETWORK_GROUPS).join(":");
  const trailing = right === "" ? [] : right.split(":");
  const zeros = new Array<string>(Math.max(0, GROUPS - leading.length - trailing.length)).fill("0");
  return [...leading, ...zeros, ...trailing].slice(0, NETWORK_GROUPS).join(":");
}

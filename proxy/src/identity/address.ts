import { isIP, SocketAddress } from "node:net";

/**
 * The address of the downstream, in one spelling per address; undefined where none can be read.
 *
 * With `trustedHops` proxies in front, each of which appends the address that connected to it, the entry that
 * many from the right was written by the outermost trusted one. Everything further left is the caller's claim.
 */
export function clientAddress(
  remoteAddress: string,
  forwardedFor: string | undefined,
  trustedHops: number,
): string | undefined {
  if (trustedHops === 0 || forwardedFor === undefined) return canonical(remoteAddress);
  const entries = forwardedFor.split(",");
  const entry = entries[Math.max(0, entries.length - trustedHops)] ?? "";
  return canonical(withoutPort(entry.trim()));
}

/** Some balancers append `192.0.2.1:5123` or `[2001:db8::1]:5123`. */
function withoutPort(entry: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(entry)?.[1] ?? entry;
}

function canonical(address: string): string | undefined {
  const plain = address.replace(/%.*$/, "");
  const family = isIP(plain);
  if (family === 0) return undefined;
  if (family === 4) return plain;
  const spelled = new SocketAddress({ address: plain, family: "ipv6" }).address;
  return /^::ffff:(\d+(?:\.\d+){3})$/i.exec(spelled)?.[1] ?? spelled;
}

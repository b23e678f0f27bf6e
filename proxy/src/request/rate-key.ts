import { isIPv6 } from "node:net";
import type { Unit } from "../identity/unit.ts";

/** What the rate limit needs to know of a unit. */
export type RateUnit = Pick<Unit, "source" | "id" | "signedCookie">;

/**
 * What the rate limit counts by: the unit's id where a service named it or we signed it, else the downstream's
 * address, so that a caller that drops its cookie, or makes one up, does not get a new count with every session.
 *
 * @param address canonical, as `clientAddress` gives it; empty for a unix socket, whose callers then share one count
 */
export function rateKey({ source, id, signedCookie }: RateUnit, address: string): string {
  if (source === "header" || (source === "cookie" && signedCookie)) return `unit ${id}`;
  return `address ${network(source === "address" ? id : address)}`;
}

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** Of IPv6 the first 64 bits: whoever has one address there has all of them. */
function network(address: string): string {
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

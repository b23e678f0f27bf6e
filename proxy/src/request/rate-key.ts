import { networkOf } from "../identity/address.ts";
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
  return `address ${networkOf(source === "address" ? id : address)}`;
}

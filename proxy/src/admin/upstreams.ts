import type { VariantUpstreams } from "../upstream/variant-upstreams.ts";

/** Every upstream by variant, as an operator reads it. */
export function describeUpstreams(
  variants: readonly { readonly name: string; readonly upstreams: VariantUpstreams }[],
): object {
  return Object.fromEntries(
    variants.map(({ name, upstreams }) => [
      name,
      upstreams.all.map(({ url, health, inFlight, addresses }) => ({
        url,
        in_flight: inFlight,
        addresses,
        ...health.describe(),
      })),
    ]),
  );
}

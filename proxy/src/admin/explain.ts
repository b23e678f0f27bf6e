import { utf8AsLatin1 } from "../experiment/hash.ts";
import type { Generation } from "../generation.ts";
import { canonicalAddress } from "../identity/address.ts";
import { type BadId, readIdHeader } from "../identity/unit.ts";

export interface Explanation {
  readonly bucket: number;
  readonly analysis_bucket: number;
  readonly variant: string;
  readonly why: string;
}

export interface AddressExplanation extends Explanation {
  /** In the spelling that is hashed. */
  readonly address: string;
}

/** An address that identifies nobody. Tell it from an explanation by `"code" in`. */
export interface BadAddress {
  readonly code: "address_invalid" | "address_off";
  readonly detail: string;
}

/** What would happen to a request of the unit `id` (text), whether it came in the header or in a cookie. */
export function explain(generation: Generation, id: string): Explanation | BadId {
  const unit = readIdHeader([utf8AsLatin1(id)], generation.loaded.config.identity.header);
  return "code" in unit ? unit : describe(generation, unit.id, "The id");
}

/** What would happen to a request without id and cookie from `address`, in any spelling. */
export function explainAddress(generation: Generation, address: string): AddressExplanation | BadAddress {
  if (!generation.loaded.config.identity.address)
    return {
      code: "address_off",
      detail:
        "Nobody is known by an address here (identity.address is off): a caller without id and cookie gets a new random session.",
    };
  const canonical = canonicalAddress(address);
  if (canonical === undefined)
    return {
      code: "address_invalid",
      detail: `"${address.slice(0, 100)}" is no IP address: write it like 192.0.2.7 or 2001:db8::7.`,
    };
  return { address: canonical, ...describe(generation, canonical, "The address") };
}

function describe({ assignment, loaded }: Generation, id: string, subject: string): Explanation {
  const { experiment, variants } = loaded.config;
  const { bucket, analysisBucket, variant } = assignment.assign(id);
  const { name: serving } = variants[variant] as (typeof variants)[number];
  const { name, weight, start } = ownerOf(bucket, variants);
  const instead =
    name === serving
      ? ""
      : ` The judge has stopped ${name} because a guardrail was breached: its users get the control, ${serving}.`;
  const salted = experiment.salt === "" ? "without a salt" : "with the experiment's salt";
  return {
    bucket,
    analysis_bucket: analysisBucket,
    variant: serving,
    why: `${subject} hashes ${salted} to bucket ${bucket}; ${name} owns the buckets ${start} to ${start + weight - 1} (weight ${weight}).${instead}`,
  };
}

/** By the configured weights. */
function ownerOf(bucket: number, variants: readonly { readonly name: string; readonly weight: number }[]) {
  let start = 0;
  for (const { name, weight } of variants) {
    if (bucket < start + weight) return { name, weight, start };
    start += weight;
  }
  throw new RangeError(`bucket ${bucket} has no owner: the weights sum to ${start}`);
}

import { utf8AsLatin1 } from "../experiment/hash.ts";
import type { Generation } from "../generation.ts";
import { type BadId, identify } from "../identity/unit.ts";

export interface Explanation {
  readonly bucket: number;
  readonly analysis_bucket: number;
  readonly variant: string;
  readonly why: string;
}

/** What would happen to a request of the unit `id` (text), whether it came in the header, the cookie or as an address. */
export function explain(generation: Generation, id: string): Explanation | BadId {
  const { identity, variants } = generation.loaded.config;
  const unit = identify(
    { idHeader: [utf8AsLatin1(id)], cookies: [], remoteAddress: "", forwardedFor: undefined },
    identity,
    () => "",
  );
  if ("code" in unit) return unit;
  const { bucket, analysisBucket, variant } = generation.assignment.assign(unit.id);
  const start = variants.slice(0, variant).reduce((sum, { weight }) => sum + weight, 0);
  const { name, weight } = variants[variant] as (typeof variants)[number];
  const salted =
    generation.loaded.config.experiment.salt === "" ? "without a salt" : "with the experiment's salt";
  return {
    bucket,
    analysis_bucket: analysisBucket,
    variant: name,
    why: `The id hashes ${salted} to bucket ${bucket}; ${name} owns the buckets ${start} to ${start + weight - 1} (weight ${weight}).`,
  };
}

import type { Baseline } from "../metrics/baseline.ts";
import { CHARACTER_BUCKETS, CONFIDENCE_BUCKETS } from "../metrics/buckets.ts";

/** A baseline of 1000 texts, evenly spread over the buckets. */
export function sampleBaseline(changes: Partial<Baseline> = {}): Baseline {
  const even = (bounds: readonly number[]) =>
    bounds.map((le, at) => ({ le, ratio: (at + 1) / bounds.length }));
  return {
    data: { file: "reference.tsv", sha256: "d".repeat(64) },
    graph_sha256: "a".repeat(64),
    samples: 1000,
    labels: { negative: 0.4, positive: 0.6 },
    scores: even(CONFIDENCE_BUCKETS),
    input_characters: even(CHARACTER_BUCKETS),
    unknown_tokens: 0.01,
    non_ascii_characters: 0.02,
    ...changes,
  };
}

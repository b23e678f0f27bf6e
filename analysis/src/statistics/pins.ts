import { clusterCases } from "./cases/cluster-cases.ts";
import { distanceCases } from "./cases/distance-cases.ts";
import { fixedLookCases } from "./cases/fixed-look-cases.ts";
import { planningCases } from "./cases/planning-cases.ts";
import { qualityCases } from "./cases/quality-cases.ts";
import { sampleRatioCases } from "./cases/sample-ratio-cases.ts";
import { sequentialCases } from "./cases/sequential-cases.ts";
import reference from "./fixtures/reference.json" with { type: "json" };

/** A published case, what another program says of it, and what this one does. */
export interface Pin {
  readonly case: string;
  /** As published, rounded; null for what is pinned to the other program alone. */
  readonly stated: string | null;
  readonly expected: number;
  /** The other program, with its version (`fixtures/reference.py`). */
  readonly by: string;
  readonly computed: number;
}

/** Every pinned case, computed now. */
export function computePins(): Pin[] {
  const others: Readonly<Record<string, { readonly value: number; readonly by: string }>> = reference.pins;
  const cases = [
    ...sampleRatioCases(),
    ...fixedLookCases(),
    ...sequentialCases(),
    ...planningCases(),
    ...distanceCases(),
    ...clusterCases(),
    ...qualityCases(),
  ];
  return cases.map(([name, stated, computed]) => {
    const other = others[name];
    if (other === undefined)
      throw new Error(`fixtures/reference.json knows no case "${name}": run reference.py`);
    return { case: name, stated, expected: other.value, by: other.by, computed };
  });
}

/** Relative to the expected value, or absolute where that is 0. */
export function differenceOf({ expected, computed }: Pin): number {
  return Math.abs(computed - expected) / (expected === 0 ? 1 : Math.abs(expected));
}

import type { ShadowPair } from "../evidence/gateway-counts.ts";
import { cohenKappa } from "../statistics/kappa.ts";
import type { Agreement } from "./verdict.ts";

/** Of the shadow requests, by the variant that served the caller and the one that was only asked. */
export function agreementsOf(pairs: readonly ShadowPair[]): readonly Agreement[] {
  const groups = Map.groupBy(pairs, ({ primary, shadow }) => JSON.stringify([primary, shadow]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const labels = [...new Set(group.flatMap(({ label, shadowLabel }) => [label, shadowLabel]))];
    const confusion = labels.map(() => labels.map(() => 0));
    for (const { label, shadowLabel, count } of group) {
      const row = confusion[labels.indexOf(label)] as number[];
      const column = labels.indexOf(shadowLabel);
      row[column] = (row[column] as number) + count;
    }
    const sum = (ofPair: (pair: ShadowPair) => number) =>
      group.reduce((total, pair) => total + ofPair(pair), 0);
    return [
      {
        primary: first.primary,
        shadow: first.shadow,
        count: sum(({ count }) => count),
        agreed: sum(({ label, shadowLabel, count }) => (label === shadowLabel ? count : 0)),
        kappa: cohenKappa(confusion),
        pairs: group.map(({ label, shadowLabel, count }) => ({ label, shadowLabel, count })),
      },
    ];
  });
}

import { clusteredVariance, ratioScores } from "../clustered-variance.ts";
import { jackknife, type Table } from "../jackknife.ts";
import { logLikelihoodRatio } from "../msprt.ts";
import { pooledZ } from "../proportions.ts";
import type { Case } from "./case.ts";

export function clusterCases(): Case[] {
  const requests = { control: [240, 360, 480, 120], treatment: [360, 240, 240, 360] };
  const errors = { control: [12, 36, 24, 12], treatment: [72, 36, 24, 60] };
  const control = ratioScores(errors.control, requests.control);
  const scores = ratioScores(errors.treatment, requests.treatment).map(
    (score, bucket) => score - (control[bucket] ?? 0),
  );
  const tables: Table[] = scores.map((_, bucket) => [
    [errors.control[bucket] ?? 0, requests.control[bucket] ?? 0],
    [errors.treatment[bucket] ?? 0, requests.treatment[bucket] ?? 0],
  ]);
  const found = jackknife(tables, ([before = [], after = []]) => ratio(after) - ratio(before));
  const difference = found?.value ?? Number.NaN;
  const variance = clusteredVariance(scores);
  const naive = pooledZ({ successes: 84, trials: 1200 }, { successes: 192, trials: 1200 });
  return [
    ["four buckets: difference", ".09", difference],
    ["four buckets: naive z", "6.9103", naive.z],
    ["four buckets: clustered variance", "5.2533e-4", variance],
    ["four buckets: clustered t", "3.9267", difference / Math.sqrt(variance)],
    ["four buckets: jackknife variance", "5.4282e-4", found?.variance ?? Number.NaN],
    ["four buckets: ln L, tau .01", "1.1457", logLikelihoodRatio(difference, variance, 0.01)],
  ];
}

function ratio([numerator = 0, denominator = 0]: readonly number[]): number {
  return numerator / denominator;
}

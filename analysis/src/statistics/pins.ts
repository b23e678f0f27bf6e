import { probabilityOfBeingBetter } from "./beta-posterior.ts";
import { measureClassification } from "./classification.ts";
import { clusteredVariance, ratioScores } from "./clustered-variance.ts";
import { halfWidth } from "./confidence-sequence.ts";
import {
  asymptoticMultiplier,
  bestRho,
  betaBinomialBound,
  betaBinomialMixture,
  normalMixture,
  normalMixtureBound,
} from "./confseq.ts";
import { kullbackLeibler, populationStability, totalVariation, wasserstein } from "./distribution-distance.ts";
import { chiSquareQuantile, fQuantile, studentQuantile } from "./distributions.ts";
import reference from "./fixtures/reference.json" with { type: "json" };
import { crossingProbabilities, plannedBound } from "./group-sequential.ts";
import { holm } from "./holm.ts";
import { jackknife, type Table } from "./jackknife.ts";
import { cohenKappa } from "./kappa.ts";
import { alwaysValidP, logLikelihoodRatio, oneSidedLogLikelihoodRatio } from "./msprt.ts";
import { planArcsine, planByBaseline, planPooled, planRoughly } from "./planning.ts";
import { newcombe, pooledZ, wilson } from "./proportions.ts";
import { measureRegression } from "./regression.ts";
import { chiSquare, dirichletPValue } from "./sample-ratio.ts";
import { welch, welchRelative } from "./welch.ts";

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

type Case = readonly [name: string, stated: string | null, computed: number];

/** Every pinned case, computed now. */
export function computePins(): Pin[] {
  const others: Readonly<Record<string, { readonly value: number; readonly by: string }>> = reference.pins;
  const cases = [
    ...sampleRatioCases(),
    ...testCases(),
    ...sequentialCases(),
    ...planningCases(),
    ...distanceCases(),
    ...clusterCases(),
    ...qualityCases(),
  ];
  return cases.map(([name, stated, computed]) => {
    const other = others[name];
    if (other === undefined) throw new Error(`fixtures/reference.json knows no case "${name}": run reference.py`);
    return { case: name, stated, expected: other.value, by: other.by, computed };
  });
}

/** Relative to the expected value, or absolute where that is 0. */
export function differenceOf({ expected, computed }: Pin): number {
  return Math.abs(computed - expected) / (expected === 0 ? 1 : Math.abs(expected));
}

function sampleRatioCases(): Case[] {
  const looks = [
    ["44,000/45,000", [44_000, 45_000], [50, 50], "11.235955", "8.02278e-4"],
    ["821,588/815,482", [821_588, 815_482], [50, 50], "22.774369", "1.82179e-6"],
    ["600/400", [600, 400], [50, 50], "40", "2.53963e-10"],
    ["10,000/10,050", [10_000, 10_050], [50, 50], null, ".724004"],
    ["500/600", [500, 600], [50, 50], "9.090909", ".00256883"],
    ["9,100/900 at 90:10", [9100, 900], [90, 10], "11.111", "8.58e-4"],
  ] as const;
  const sequential = [
    ["500/500", [500, 500], "1"],
    ["500/600", [500, 600], ".671451"],
    ["100/900", [100, 900], "2.3679e-13"],
    ["44,000/45,000", [44_000, 45_000], ".020154"],
  ] as const;
  return [
    ...looks.flatMap(([name, observed, weights, statistic, p]): Case[] => {
      const test = chiSquare(observed, weights);
      return [
        [`SRM ${name}: chi2`, statistic, test.statistic],
        [`SRM ${name}: p`, p, test.pValue],
      ];
    }),
    ...sequential.map(
      ([name, counts, p]): Case => [`sequential SRM ${name}: p`, p, dirichletPValue(counts, [1, 1], 10_000)],
    ),
  ];
}

function testCases(): Case[] {
  const few = pooledZ({ successes: 12, trials: 99 }, { successes: 5, trials: 83 });
  const [two, twoAndAHalf] = [
    { successes: 200, trials: 10_000 },
    { successes: 250, trials: 10_000 },
  ];
  const many = pooledZ(two, twoAndAHalf);
  const between = newcombe(two, twoAndAHalf, 0.05);
  const tenth = wilson({ successes: 10, trials: 100 }, 0.05);
  const none = wilson({ successes: 0, trials: 50 }, 0.05);
  const control = { mean: 0.41, variance: 3.9 ** 2, count: 3407 };
  const treatment = { mean: 0.7, variance: 6.2 ** 2, count: 3461 };
  const absolute = welch(control, treatment, 0.05);
  const relative = welchRelative(control, treatment, 0.05);
  const better = probabilityOfBeingBetter(
    { successes: 100, trials: 1000 },
    { successes: 120, trials: 1000 },
  );
  return [
    ["z 5/83 v 12/99: z", "-1.407830", few.z],
    ["z 5/83 v 12/99: p", ".159181", few.pValue],
    ["z 200/10,000 v 250/10,000: z", "2.383995", many.z],
    ["z 200/10,000 v 250/10,000: p", ".0171258", many.pValue],
    ["Newcombe 200/10,000 v 250/10,000: low", ".000887", between.low],
    ["Newcombe 200/10,000 v 250/10,000: high", ".009138", between.high],
    ["Wilson 10/100: low", ".055229", tenth.low],
    ["Wilson 10/100: high", ".174366", tenth.high],
    ["Wilson 0/50: low", "0", none.low],
    ["Wilson 0/50: high", ".071348", none.high],
    ["Welch .41/3.9/3407 v .70/6.2/3461: t", "2.324", absolute.t],
    ["Welch .41/3.9/3407 v .70/6.2/3461: p", ".02016", absolute.pValue],
    ["Welch .41/3.9/3407 v .70/6.2/3461: low", ".04538", absolute.low],
    ["Welch .41/3.9/3407 v .70/6.2/3461: high", ".53462", absolute.high],
    ["Welch relative: difference", ".70732", relative.difference],
    ["Welch relative: low", "-.03526", relative.low],
    ["Welch relative: high", "1.44989", relative.high],
    ["Welch relative: p", ".06191", relative.pValue],
    ["P(B>A) 100/1,000 v 120/1,000", ".923183", better],
    ["P(B>A) 200/10,000 v 250/10,000", ".991423", probabilityOfBeingBetter(two, twoAndAHalf)],
  ];
}

function sequentialCases(): Case[] {
  const rho = bestRho(100, 0.05);
  const betaBinomial = { g: 0.2, h: 0.8, rho };
  const ratio = logLikelihoodRatio(0.005, 2e-6, 0.01);
  const multipliers = [
    [100, "6.694"],
    [1000, "3.364"],
    [5000, "3.035"],
    [10_000, "3.061"],
    [100_000, "3.337"],
  ] as const;
  // Armitage, McPherson, Rowe 1969, table 2.
  const peeking = [
    [1, ".050"],
    [2, ".083"],
    [5, ".142"],
    [10, ".193"],
    [20, ".248"],
    [50, ".320"],
    [100, ".374"],
  ] as const;
  const bounds = ["4.56", "3.23", "2.63", "2.28", "2.04"];
  return [
    ["normal mixture v=100 alpha .05: rho", "12.60056", rho],
    ["normal mixture s=10 v=100: ln", "-.6510052", normalMixture(10, 100, rho)],
    ["normal mixture v=100: bound", "30.35209", normalMixtureBound(100, rho, 0.05)],
    ["beta-binomial g=.2 h=.8 s=10 v=100: ln", "-.6941012", betaBinomialMixture(10, 100, betaBinomial)],
    ["beta-binomial g=.2 h=.8 v=100: bound", "31.4308", betaBinomialBound(100, betaBinomial, 0.05)],
    ["mSPRT d=.005 v=2e-6 tau=.01: ln L", "4.161538", ratio],
    ["mSPRT d=.005 v=2e-6 tau=.01: p", ".0155836", alwaysValidP(ratio)],
    ["one-sided mSPRT d=.005 v=2e-6 tau=.01: ln L", null, oneSidedLogLikelihoodRatio(0.005, 2e-6, 0.01)],
    ["confidence sequence v=2e-6 tau=.01 alpha .05: half-width", null, halfWidth(2e-6, 0.01, 0.05)],
    ...multipliers.map(
      ([n, stated]): Case => [
        `asymptotic confidence sequence N=${n.toLocaleString("en-US")}: multiplier`,
        stated,
        asymptoticMultiplier(n, 0.05, 5000),
      ],
    ),
    ["Pocock 5 looks alpha .05", "2.413", plannedBound(5, 5, 0.05, "pocock")],
    ...bounds.map(
      (stated, index): Case => [
        `O'Brien-Fleming 5 looks alpha .05: look ${index + 1}`,
        stated,
        plannedBound(5, index + 1, 0.05, "obrien-fleming"),
      ],
    ),
    ...peeking.map(
      ([looks, stated]): Case => [
        `peeking ${looks} looks at 1.96: false positives`,
        stated,
        crossingProbabilities(new Array<number>(looks).fill(1.96)).at(-1) ?? Number.NaN,
      ],
    ),
  ];
}

function planningCases(): Case[] {
  const question = { baseline: 0.1, difference: 0.02, alpha: 0.05, power: 0.8 };
  const fifth = { ...question, baseline: 0.2, difference: 0.05 };
  return [
    ["n .10->.12 80 %: pooled", "3840.85", planPooled(question)],
    ["n .10->.12 80 %: arcsine", "3834.60", planArcsine(question)],
    ["n .10->.12: 16p(1-p)/d^2", "3600", planRoughly(question)],
    ["n 20 % + 5 pp (Evan Miller)", "1030.2", planByBaseline(fifth)],
    ["chi2(1) .001", "10.8276", chiSquareQuantile(0.999, 1)],
    ["chi2(1) .01", "6.6349", chiSquareQuantile(0.99, 1)],
    ["chi2(2) .01", "9.2103", chiSquareQuantile(0.99, 2)],
    ["F(1,99) .001", "11.5025", fQuantile(0.999, 1, 99)],
    ["t(99) .975", "1.9842", studentQuantile(0.975, 99)],
    ["t(99) .9995", "3.391", studentQuantile(0.9995, 99)],
  ];
}

function distanceCases(): Case[] {
  const [even, shifted] = [
    [0.5, 0.5],
    [0.6, 0.4],
  ];
  const [three, moved] = [
    [0.3, 0.2, 0.5],
    [0.4, 0.25, 0.35],
  ];
  return [
    ["W1 [0,1,3] v [5,6,8]", "5", wasserstein([0, 1, 3], [5, 6, 8])],
    ["(.5,.5)->(.6,.4): PSI", ".0405465", populationStability(even, shifted)],
    ["(.5,.5)->(.6,.4): KL", ".0201355", kullbackLeibler(even, shifted)],
    ["(.5,.5)->(.6,.4): TV", ".1", totalVariation(even, shifted)],
    ["(.3,.2,.5)->(.4,.25,.35): PSI", ".0934266", populationStability(three, moved)],
    ["(.3,.2,.5)->(.4,.25,.35): KL", ".0460225", kullbackLeibler(three, moved)],
    ["(.3,.2,.5)->(.4,.25,.35): TV", ".15", totalVariation(three, moved)],
  ];
}

function clusterCases(): Case[] {
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

function qualityCases(): Case[] {
  const confusion = [
    [50, 7, 3],
    [4, 30, 6],
    [1, 9, 40],
  ];
  const quality = measureClassification(confusion);
  const truths = [1, 2, 3, 4, 5, 4, 2];
  const errors = [0.5, 0, -0.5, 0.5, -1, 0, 1];
  const ratings = measureRegression({
    count: truths.length,
    absoluteError: errors.reduce((sum, error) => sum + Math.abs(error), 0),
    squaredError: errors.reduce((sum, error) => sum + error ** 2, 0),
    truth: truths.reduce((sum, truth) => sum + truth, 0),
    squaredTruth: truths.reduce((sum, truth) => sum + truth ** 2, 0),
  });
  return [
    ["confusion: accuracy", null, quality.accuracy ?? Number.NaN],
    ["confusion: macro recall", null, quality.macroRecall ?? Number.NaN],
    ["confusion: macro F1", null, quality.macroF1 ?? Number.NaN],
    ...quality.classes.flatMap(({ precision, recall, f1 }, label): Case[] => [
      [`confusion: precision of label ${label}`, null, precision ?? Number.NaN],
      [`confusion: recall of label ${label}`, null, recall ?? Number.NaN],
      [`confusion: F1 of label ${label}`, null, f1 ?? Number.NaN],
    ]),
    ["confusion: Cohen's kappa", null, cohenKappa(confusion) ?? Number.NaN],
    ["ratings: MAE", null, ratings?.meanAbsoluteError ?? Number.NaN],
    ["ratings: RMSE", null, ratings?.rootMeanSquaredError ?? Number.NaN],
    ["ratings: R2", null, ratings?.r2 ?? Number.NaN],
    ...holm([0.01, 0.04, 0.03, 0.005, 0.2]).map(
      (p, index): Case => [`Holm .01 .04 .03 .005 .2: ${index + 1}`, null, p],
    ),
  ];
}

import { halfWidth } from "../confidence-sequence.ts";
import {
  asymptoticMultiplier,
  bestRho,
  betaBinomialBound,
  betaBinomialMixture,
  normalMixture,
  normalMixtureBound,
} from "../confseq.ts";
import { crossingProbabilities, plannedBound } from "../group-sequential.ts";
import { alwaysValidP, logLikelihoodRatio, oneSidedLogLikelihoodRatio } from "../msprt.ts";
import type { Case } from "./case.ts";

export function sequentialCases(): Case[] {
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

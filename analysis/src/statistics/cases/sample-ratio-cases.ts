import { chiSquare, dirichletPValue } from "../sample-ratio.ts";
import type { Case } from "./case.ts";

export function sampleRatioCases(): Case[] {
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

import { chiSquareQuantile, fQuantile, studentQuantile } from "../distributions.ts";
import { planArcsine, planByBaseline, planPooled, planRoughly } from "../planning.ts";
import type { Case } from "./case.ts";

export function planningCases(): Case[] {
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
    ["t(99) .9995", "3.392", studentQuantile(0.9995, 99)],
  ];
}

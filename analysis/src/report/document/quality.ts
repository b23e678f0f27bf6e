import type { Classification, Estimate, Regression, Verdict } from "../../verdict/verdict.ts";
import type { Block } from "./document.ts";
import { sayCount, sayNumber, sayShare } from "./say.ts";

/** What the truth says of the predictions. */
export function describeQuality({ variants }: Verdict): Block[] {
  return [
    ...ofLabels(
      variants.flatMap(({ name, classification }) =>
        classification === null ? [] : [{ name, found: classification }],
      ),
    ),
    ...ofRatings(
      variants.flatMap(({ name, regression }) => (regression === null ? [] : [{ name, found: regression }])),
    ),
  ];
}

interface Of<T> {
  readonly name: string;
  readonly found: T;
}

function ofLabels(all: readonly Of<Classification>[]): Block[] {
  if (all.length === 0) return [];
  return [
    {
      kind: "table",
      title: "All classes",
      head: ["measure", ...all.map(({ name }) => name)],
      rows: measures(all),
    },
    {
      kind: "confusions",
      variants: all.map(({ name, found }) => ({
        variant: name,
        labels: found.labels,
        counts: found.confusion,
      })),
    },
    ...all.map(({ name, found }) => ({
      kind: "table" as const,
      title: `Classes of ${name}`,
      head: ["class", "truths", "precision", "recall", "F1"],
      rows: found.classes.map(({ label, precision, recall, f1, count }) => [
        label,
        sayCount(count),
        ...[precision, recall, f1].map(sayEstimate),
      ]),
    })),
  ];
}

function measures(all: readonly Of<Classification>[]): string[][] {
  const row = (name: string, say: (found: Classification) => string) => [
    name,
    ...all.map(({ found }) => say(found)),
  ];
  return [
    row("answers with known truth", ({ count }) => sayCount(count)),
    row("accuracy", ({ accuracy }) => sayEstimate(accuracy)),
    row("macro recall", ({ macroRecall }) => sayEstimate(macroRecall)),
    row("macro F1", ({ macroF1 }) => sayEstimate(macroF1)),
    row("Cohen's kappa", ({ kappa }) => sayNumber(kappa)),
    row("accuracy, weighted by predicted label", ({ reweightedAccuracy }) => sayKnown(reweightedAccuracy)),
    row("accuracy, all missing truth wrong or right", ({ worstCase }) =>
      worstCase === null ? "unknown" : `${sayKnown(worstCase.low)} to ${sayKnown(worstCase.high)}`,
    ),
    ...(["own-class", "drop", "to-negative"] as const).map((rule) =>
      row(`accuracy, neutral: ${rule}`, ({ byNeutralRule }) => sayKnown(byNeutralRule[rule])),
    ),
  ];
}

function ofRatings(all: readonly Of<Regression>[]): Block[] {
  if (all.length === 0) return [];
  const row = (name: string, say: (found: Regression) => string) => [
    name,
    ...all.map(({ found }) => say(found)),
  ];
  return [
    {
      kind: "table",
      title: "Ratings beside what the models said",
      head: ["measure", ...all.map(({ name }) => name)],
      rows: [
        row("ratings", ({ count }) => sayCount(count)),
        row("mean absolute error", ({ meanAbsoluteError }) => sayPlain(meanAbsoluteError)),
        row("root mean squared error", ({ rootMeanSquaredError }) => sayPlain(rootMeanSquaredError)),
        row("R²", ({ r2 }) => sayNumber(r2)),
      ],
    },
  ];
}

function sayKnown(value: number | null): string {
  return value === null ? "unknown" : sayShare(value, 2);
}

function sayEstimate(value: Estimate | null): string {
  if (value === null) return "none";
  return `${sayShare(value.value, 2)} (${sayShare(value.low, 2)} to ${sayShare(value.high, 2)})`;
}

function sayPlain({ value, low, high }: Estimate): string {
  return `${sayNumber(value)} (${sayNumber(low)} to ${sayNumber(high)})`;
}

import type { Verdict } from "../../verdict/verdict.ts";
import type { Block } from "./document.ts";
import { sayBytes, sayCount, sayNumber, saySeconds, sayShare } from "./say.ts";

export function describeVariants({ variants }: Verdict): Block[] {
  if (variants.length === 0) return [];
  const outcomes = [...new Set(variants.flatMap((variant) => Object.keys(variant.outcomes)))].toSorted(
    (one, other) => (one < other ? -1 : 1),
  );
  return [
    {
      kind: "table",
      title: "Exposures and outcomes",
      head: ["variant", "role", "exposures", "expected", "errors", "slow", ...outcomes],
      rows: variants.map((variant) => [
        variant.name,
        variant.role,
        sayCount(variant.exposures),
        sayCount(variant.expected),
        sayCount(variant.errors),
        sayCount(variant.slow),
        ...outcomes.map((outcome) => sayCount(variant.outcomes[outcome] ?? 0)),
      ]),
    },
  ];
}

export function describeCoverage({ variants }: Verdict): Block[] {
  const rows = variants.flatMap(({ name, coverage }) =>
    coverage === null ? [] : [{ name, share: coverage }],
  );
  return rows.length === 0 ? [] : [{ kind: "coverage", rows }];
}

export function describeCosts({ costs }: Verdict): Block[] {
  if (costs.length === 0) return [];
  return [
    {
      kind: "table",
      title: "What the workers cost",
      head: [
        "variant",
        "replicas",
        "predictions",
        "mean latency",
        "P50",
        "P99",
        "memory of a worker",
        "CPU seconds per 1,000 predictions",
      ],
      rows: costs.map((cost) => [
        cost.variant,
        sayCount(cost.replicas),
        sayCount(cost.predictions),
        saySeconds(cost.meanLatencySeconds),
        saySeconds(cost.p50LatencySeconds),
        saySeconds(cost.p99LatencySeconds),
        sayBytes(cost.residentBytes),
        sayNumber(cost.cpuSecondsPerThousand),
      ]),
    },
  ];
}

export function describeAgreements({ agreements }: Verdict): Block[] {
  return agreements.flatMap(({ primary, shadow, count, agreed, kappa, pairs }): Block[] => [
    {
      kind: "paragraph",
      text: `${shadow} answered ${sayCount(count)} requests of ${primary} too; ${sayShare(count === 0 ? 0 : agreed / count)} got the same label${kappa === null ? "" : `, Cohen's kappa ${sayNumber(kappa)}`}.`,
    },
    {
      kind: "table",
      title: `Labels of ${primary} beside ${shadow}`,
      head: [primary, shadow, "requests"],
      rows: pairs.map(({ label, shadowLabel, count: same }) => [label, shadowLabel, sayCount(same)]),
    },
  ]);
}

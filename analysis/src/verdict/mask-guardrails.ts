import type { Letters } from "./mask-comparison.ts";
import type { MaskedGuardrail } from "./masked-verdict.ts";
import type { MetricComparison, Verdict } from "./verdict.ts";

/** One for each guardrail, whatever the number of treatments, with the letters that breach it and no number. */
export function maskGuardrails({ comparisons }: Verdict, letters: Letters): MaskedGuardrail[] {
  const found = comparisons.flatMap(({ treatment, metrics }) =>
    metrics
      .filter(({ kind }) => kind === "guardrail")
      .map((guardrail) => ({ letter: letters(treatment), guardrail })),
  );
  const names = [...new Set(found.map(({ guardrail }) => guardrail.metric))];
  return names.flatMap((name) => {
    const same = found.filter(({ guardrail }) => guardrail.metric === name);
    const first = same[0]?.guardrail;
    return first === undefined ? [] : [maskGuardrail(first, same)];
  });
}

function maskGuardrail(
  { metric, direction, margin }: MetricComparison,
  same: readonly { readonly letter: string; readonly guardrail: MetricComparison }[],
): MaskedGuardrail {
  const breaches = same.filter(({ guardrail }) => guardrail.decision === "breached");
  const moments = breaches.flatMap(({ guardrail }) =>
    guardrail.decidedAt === null ? [] : [guardrail.decidedAt],
  );
  return {
    metric,
    direction,
    margin,
    state:
      breaches.length > 0
        ? "breached"
        : same.every(({ guardrail }) => guardrail.decision === "holds")
          ? "holds"
          : "open",
    breached: breaches.map(({ letter }) => letter).sort((one, other) => (one < other ? -1 : 1)),
    decidedAt: moments.length === 0 ? null : Math.min(...moments),
  };
}

import { type Letters, maskComparison, secretMetrics } from "./mask-comparison.ts";
import { countEvents, countTruths } from "./mask-events.ts";
import { maskGuardrails } from "./mask-guardrails.ts";
import { roundDigits, roundTo } from "./mask-rounding.ts";
import { maskedHeadline, maskedReasons } from "./mask-words.ts";
import type {
  MaskedAnswer,
  MaskedComparison,
  MaskedFacts,
  MaskedValidity,
  MaskedVerdict,
} from "./masked-verdict.ts";
import type { Answer, Verdict } from "./verdict.ts";

/**
 * The verdict as those may read it who must not know which variant is which. It is built anew from single facts: no
 * sentence is taken over, and a field that the verdict gets later is not in it until somebody thinks about what it tells.
 *
 * Exchange the variants' roles and letters with each other, and the same bytes come out, but for the hashes, the
 * guardrails that are then breached, and what follows from those.
 *
 * With three variants or more all pairs share one letter: that is the control.
 *
 * @param letters by variant; each variant of the verdict has one
 * @throws RangeError for a variant without a letter
 */
export function maskVerdict(verdict: Verdict, letters: ReadonlyMap<string, string>): MaskedVerdict {
  const facts = maskFacts(verdict, letters);
  return { ...facts, headline: maskedHeadline(facts), reasons: maskedReasons(facts) };
}

function maskFacts(verdict: Verdict, names: ReadonlyMap<string, string>): MaskedFacts {
  const letters: Letters = (variant) => {
    const letter = names.get(variant);
    if (letter === undefined)
      throw new RangeError(
        "a variant of the verdict has no letter, but each must have one: judge with the configuration that its gateways run",
      );
    return letter;
  };
  const hasEqualWeights = areEqual(verdict.variants.map(({ expected }) => expected));
  const secret = secretMetrics(verdict);
  const comparisons = verdict.comparisons
    .flatMap((comparison) =>
      comparison.metrics.flatMap((metric) =>
        metric.kind === "guardrail" || (metric.kind === "secondary" && secret.has(metric.metric))
          ? []
          : [
              maskComparison({
                comparison,
                metric,
                kind: metric.kind,
                letters,
                hasEqualWeights,
                events: countEvents(metric.metric, verdict.variants),
              }),
            ],
      ),
    )
    .sort(byPair(verdict));
  // Beside the difference of the same metric, one that holds tells which letter is the control.
  const guardrails = maskGuardrails(verdict, letters).filter(
    ({ metric, state }) => state === "breached" || metric !== verdict.metric,
  );
  return {
    schema: 1,
    masked: true,
    experiment: verdict.experiment,
    phase: verdict.phase,
    configHashes: [...verdict.configHashes],
    analysisHash: verdict.analysisHash,
    at: verdict.at,
    since: verdict.since,
    endsAt: verdict.endsAt,
    looks: verdict.looks,
    answer: maskAnswer(verdict.answer),
    better: betterOf(verdict, letters),
    decidedAt: verdict.decidedAt,
    daysLeft: verdict.daysLeft === null ? null : roundTo(verdict.daysLeft, 0.1),
    metric: verdict.metric,
    direction: verdict.direction,
    margin: verdict.margin,
    alpha: verdict.alpha,
    letters: verdict.variants.map(({ name }) => letters(name)).sort(inOrder),
    exposures: verdict.variants.reduce((sum, { exposures }) => sum + exposures, 0),
    validity: maskValidity(verdict),
    comparisons,
    guardrails,
    agreement: maskAgreement(verdict),
    stopped: verdict.stopped.map(({ treatment, at, metric }) => ({ letter: letters(treatment), at, metric })),
  };
}

function maskAnswer(answer: Answer): MaskedAnswer {
  return answer === "worse" ? "better" : answer;
}

function betterOf({ answer, treatment, comparisons }: Verdict, letters: Letters): MaskedVerdict["better"] {
  if (answer !== "better" && answer !== "worse") return null;
  const comparison = comparisons.find((one) => one.treatment === treatment);
  if (comparison === undefined) return null;
  const [treated, control] = [letters(comparison.treatment), letters(comparison.control)];
  return answer === "better" ? { letter: treated, than: control } : { letter: control, than: treated };
}

function maskValidity({ validity, variants }: Verdict): MaskedValidity {
  const { sampleRatio, whale, missing, comparable, contamination, coverage, incorrectOnly } = validity;
  return {
    sampleRatio: {
      check: sampleRatio.check,
      logLikelihoodRatio: roundTo(sampleRatio.logLikelihoodRatio, 0.01),
      limit: roundTo(sampleRatio.limit, 0.01),
      failedAt: sampleRatio.failedAt,
    },
    whale: { check: whale.check, largestShare: roundTo(whale.largestShare, 0.01), limit: whale.limit },
    missing: { check: missing.check, steps: missing.steps, of: missing.of },
    comparable: { check: comparable.check },
    contamination: { requests: contamination.requests, share: roundDigits(contamination.share, 2) },
    coverage: {
      check: coverage.check,
      difference: coverage.difference === null ? null : roundTo(Math.abs(coverage.difference.value), 0.01),
      truths: countTruths(variants),
    },
    incorrectOnly,
  };
}

/** Of all pairs together: the variant that gets shadow requests is in the configuration, and would be in every pair. */
function maskAgreement({ agreements }: Verdict): MaskedVerdict["agreement"] {
  const count = agreements.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return null;
  return { count, share: roundTo(agreements.reduce((sum, { agreed }) => sum + agreed, 0) / count, 0.001) };
}

/** Metrics as in the verdict, then the pairs: treatments as in the file would tell their letters. */
function byPair({ comparisons }: Verdict) {
  const order = (comparisons[0]?.metrics ?? []).map(({ kind, metric }) => `${kind} ${metric}`);
  const place = ({ kind, metric }: MaskedComparison) => order.indexOf(`${kind} ${metric}`);
  return (one: MaskedComparison, other: MaskedComparison) =>
    place(one) - place(other) || inOrder(one.pair, other.pair);
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function areEqual(expected: readonly number[]): boolean {
  const [least, most] = [Math.min(...expected), Math.max(...expected)];
  return least > 0 && most - least <= 1e-9 * most;
}

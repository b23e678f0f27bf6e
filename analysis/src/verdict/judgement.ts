import type { Evidence } from "../evidence/evidence.ts";
import { controlOf, type Plan, treatmentsOf } from "../evidence/plan.ts";
import { plannedBound } from "../statistics/group-sequential.ts";
import { agreementsOf } from "./agreements.ts";
import { hashAnalysis } from "./analysis-hash.ts";
import { answerOf } from "./answer.ts";
import { type Calendar, calendarOf } from "./calendar.ts";
import { type Compared, compare, type Scene, type Terms } from "./comparison.ts";
import { costOf } from "./costs.ts";
import { daysLeftOf } from "./days-left.ts";
import { type JudgementState, judgementState, newState } from "./judgement-state.ts";
import { type Measure, measureOf } from "./measure.ts";
import { newProgress, type ProgressState } from "./progress.ts";
import { type Candidate, correctSecondary } from "./secondary.ts";
import { type Table, tableOf } from "./table.ts";
import { termsOf } from "./terms.ts";
import { checkValidity } from "./validity.ts";
import { summariesOf } from "./variants.ts";
import type { Comparison, MetricComparison, Validity, Verdict } from "./verdict.ts";
import { headlineOf, reasonsOf } from "./words.ts";

const DAY_MS = 86_400_000;

export interface Judgement {
  /** Looks at the evidence; decisions that fell before stay. `at` is later than at the look before. */
  look(evidence: Evidence, at: number): Verdict;
  toJSON(): JudgementState;
}

/** Decides one phase of an experiment, look after look. */
export function createJudgement(plan: Plan): Judgement {
  return judgementFrom(plan, newState(hashAnalysis(plan)));
}

/**
 * Goes on where `toJSON` was taken.
 *
 * @returns undefined where `saved` is none, or of another analysis: its decisions would be lost without a word
 */
export function restoreJudgement(plan: Plan, saved: unknown): Judgement | undefined {
  const state = judgementState.safeParse(saved).data;
  return state?.analysisHash === hashAnalysis(plan) ? judgementFrom(plan, state) : undefined;
}

function judgementFrom(plan: Plan, state: JudgementState): Judgement {
  const { analysisHash } = state;
  const progress = new Map(state.progress);
  const boundOf = plannedBounds(plan);

  function progressOf(treatment: string, { kind, metric }: Terms): ProgressState {
    const key = [treatment, kind, metric].join("\t");
    const known = progress.get(key) ?? newProgress();
    progress.set(key, known);
    return known;
  }

  function look(evidence: Evidence, at: number): Verdict {
    const table = tableOf(evidence.account, plan.variants.length);
    const epoch = {
      number: evidence.epoch.number,
      table: once(() => tableOf(evidence.epoch.account, plan.variants.length)),
    };
    const validity = checkValidity(plan, evidence, table, at, state.validity);
    const calendar = calendarOf(plan, evidence);
    const scene = {
      at,
      table,
      epoch,
      isOpen: isOpen(plan, validity, calendar, at),
      planned: boundOf(calendar.due(at)),
    };
    const control = controlOf(plan);
    const candidates: Candidate[] = [];
    let primary: (Compared & { terms: Terms }) | undefined;
    const compared = treatmentsOf(plan).map((treatment) => {
      const name = nameOf(plan, treatment);
      const metrics = termsOf(plan).map((terms) => {
        const known = progressOf(name, terms);
        const of = measureFor(terms, table, treatment, control);
        const result = compare(terms, of, { ...scene, pair: { treatment, control } } satisfies Scene, known);
        if (terms.kind === "primary" && (primary === undefined || isSlower(result, primary)))
          primary = { ...result, terms };
        if (terms.kind === "secondary") candidates.push({ comparison: result.comparison, progress: known });
        else if (result.comparison.decision === "breached") stop(name, result.comparison);
        return result.comparison;
      });
      return { treatment: name, control: nameOf(plan, control), metrics };
    });
    const corrected = correctSecondary(candidates, plan.analysis.alpha, scene);
    const comparisons = compared.map(
      (comparison): Comparison => ({
        ...comparison,
        metrics: comparison.metrics.map((metric) => {
          const index = candidates.findIndex((candidate) => candidate.comparison === metric);
          return corrected[index] ?? metric;
        }),
      }),
    );
    state.looks++;
    state.lookedAt = at;
    const { answer, treatment, decidedAt } = answerOf(validity, comparisons);
    const facts = {
      schema: 1 as const,
      experiment: plan.experiment,
      phase: plan.phase,
      configHashes: evidence.configHashes,
      analysisHash,
      at,
      since: evidence.since,
      endsAt: calendar.endsAt,
      looks: state.looks,
      answer,
      treatment,
      decidedAt,
      daysLeft: answer === "not_enough_data" ? daysUntil(plan, calendar, primary, at) : null,
      metric: plan.analysis.metric,
      direction: plan.analysis.direction,
      margin: plan.analysis.margin,
      alpha: plan.analysis.alpha,
      variants: summariesOf(plan, table),
      validity,
      comparisons,
      costs: evidence.workers.map(costOf),
      agreements: agreementsOf(evidence.shadow),
      stopped: state.stopped.map((one) => ({ ...one })),
    };
    return { ...facts, headline: headlineOf(facts), reasons: reasonsOf(facts) };
  }

  function stop(treatment: string, { metric, decidedAt }: MetricComparison): void {
    if (decidedAt === null || state.stopped.some((one) => one.treatment === treatment)) return;
    state.stopped.push({ treatment, at: decidedAt, metric });
  }

  return { look, toJSON: () => ({ ...state, progress: [...progress] }) };
}

/** Whether the primary metric may be decided now. Guardrails always may: to stop needs no valid comparison of anything else. */
function isOpen(plan: Plan, validity: Validity, calendar: Calendar, at: number): boolean {
  const { sampleRatio, whale, missing, comparable, coverage, incorrectOnly } = validity;
  const { metric, plannedLooks } = plan.analysis;
  if ([sampleRatio, whale, missing, comparable].some(({ check }) => check === "failed")) return false;
  if (metric === "correct_ratio" && incorrectOnly) return false;
  if (isJudgedByTruth(metric) && coverage.check === "failed") return false;
  // The last planned look may come late, because the judge was down.
  return at >= calendar.opensAt && (at <= calendar.closesAt || plannedLooks !== undefined);
}

function isJudgedByTruth(metric: Plan["analysis"]["metric"]): boolean {
  return ["correct_ratio", "accuracy", "macro_recall", "macro_f1"].includes(metric);
}

/** Averages over classes are over those that both variants have truth of, so that both are averages of the same. */
function measureFor({ metric }: Terms, table: Table, treatment: number, control: number): Measure {
  const { space } = table;
  if (metric !== "macro_recall" && metric !== "macro_f1") return measureOf(metric, space);
  const classes = space.classes.filter((name) =>
    [treatment, control].every(
      (variant) => (table.pooled[variant]?.totals[space.position.get(`true ${name}`) ?? -1] ?? 0) > 0,
    ),
  );
  return measureOf(metric, space, classes);
}

/** Bounds of the planned looks, each worked out once. */
function plannedBounds({ analysis, variants }: Plan) {
  const bounds = new Map<number, number>();
  const looks = analysis.plannedLooks;
  return (due: number): Scene["planned"] => {
    if (looks === undefined) return undefined;
    // Before the first look the interval is drawn as it will be then.
    const number = Math.max(1, due);
    const alpha = analysis.alpha / (variants.length - 1);
    const bound = bounds.get(number) ?? plannedBound(looks, number, alpha, "obrien-fleming");
    bounds.set(number, bound);
    return { bound, due };
  };
}

/** The treatment that takes longest is the one that is waited for. */
function isSlower({ difference }: Compared, than: Compared): boolean {
  if (than.comparison.decision !== "open") return true;
  return (
    difference === undefined ||
    (than.difference !== undefined && difference.variance > than.difference.variance)
  );
}

function daysUntil(
  plan: Plan,
  { since, closesAt }: Calendar,
  primary: (Compared & { terms: Terms }) | undefined,
  at: number,
): number | null {
  if (since === null || at >= closesAt) return null;
  if (plan.analysis.plannedLooks !== undefined) return (closesAt - at) / DAY_MS;
  if (primary?.difference === undefined) return null;
  const { value, variance } = primary.difference;
  const { alpha, tau, margin } = primary.terms;
  return daysLeftOf({ difference: value, variance, tau, alpha, margin, elapsedMs: at - since });
}

function once<Value>(work: () => Value): () => Value {
  let done: { readonly value: Value } | undefined;
  return () => {
    done ??= { value: work() };
    return done.value;
  };
}

function nameOf({ variants }: Plan, variant: number): string {
  return variants[variant]?.name ?? "";
}

import { Ledger } from "../evidence/ledger.ts";
import type { Plan } from "../evidence/plan.ts";
import type { ProcessReading } from "../evidence/reading.ts";
import { readingOf, STEP_MS, TestCounters } from "../evidence/test-counters.ts";
import { createJudgement, type Judgement, restoreJudgement } from "./judgement.ts";
import type { MetricComparison, Verdict } from "./verdict.ts";

/** An experiment that tests write step by step. */
export class TestCase {
  readonly counters = new TestCounters();
  readonly plan: Plan;
  readonly ledger: Ledger;
  judgement: Judgement;
  step = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.ledger = new Ledger(plan);
    this.judgement = createJudgement(plan);
  }

  /** In every bucket so many exposures of each variant, of which so many fail; errors may depend on the bucket. */
  expose(
    exposures: number,
    errors: { readonly a: (bucket: number) => number; readonly b: (bucket: number) => number },
  ): void {
    for (let bucket = 0; bucket < 100; bucket++)
      for (const variant of ["a", "b"] as const)
        this.counters.expose(variant, bucket, exposures, errors[variant](bucket));
  }

  /** Ends so many steps; the last one's verdict. */
  look(steps = 1, others: readonly ProcessReading[] = []): Verdict {
    for (let left = 1; left < steps; left++) {
      this.step++;
      this.ledger.take(readingOf(this.step, this.counters.samples(), others));
      this.judgement.look(this.ledger.evidence, this.step * STEP_MS);
    }
    this.step++;
    this.ledger.take(readingOf(this.step, this.counters.samples(), others));
    return this.judgement.look(this.ledger.evidence, this.step * STEP_MS);
  }

  /** The judge is killed, and started again. */
  restart(): void {
    const restored = restoreJudgement(this.plan, JSON.parse(JSON.stringify(this.judgement)));
    if (restored === undefined) throw new Error("the judgement's own state was refused");
    this.judgement = restored;
  }
}

export function metricOf(
  { comparisons }: Verdict,
  kind: MetricComparison["kind"] = "primary",
  treatment = 0,
): MetricComparison {
  const found = comparisons[treatment]?.metrics.find((metric) => metric.kind === kind);
  if (found === undefined) throw new Error(`the verdict has no ${kind} metric`);
  return found;
}

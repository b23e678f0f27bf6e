import { z } from "zod";
import { Ledger } from "../evidence/ledger.ts";
import type { Plan } from "../evidence/plan.ts";
import type { Reading } from "../evidence/reading.ts";
import { createJudgement, type Judgement, restoreJudgement } from "../verdict/judgement.ts";
import type { Verdict } from "../verdict/verdict.ts";

const schema = z.object({ ledger: z.unknown(), judgement: z.unknown() });

/** The evidence of one phase, and what is made of it. */
export class Case {
  readonly #ledger: Ledger;
  readonly #judgement: Judgement;

  private constructor(ledger: Ledger, judgement: Judgement) {
    this.#ledger = ledger;
    this.#judgement = judgement;
  }

  static open(plan: Plan): Case {
    return new Case(new Ledger(plan), createJudgement(plan));
  }

  /** Undefined where `saved` is none of this plan. */
  static reopen(plan: Plan, saved: unknown): Case | undefined {
    const { data } = schema.safeParse(saved);
    const ledger = data && Ledger.fromJSON(plan, data.ledger);
    const judgement = data && restoreJudgement(plan, data.judgement);
    return ledger && judgement && new Case(ledger, judgement);
  }

  /**
   * The decisions of `saved`, with evidence that is taken anew: what was decided in a phase holds, however it is counted.
   * Undefined where they are none of this plan's analysis.
   *
   * @param now milliseconds since 1970
   */
  static judgeOn(plan: Plan, saved: unknown, now: number): Case | undefined {
    const { data } = schema.safeParse(saved);
    const judgement = data && restoreJudgement(plan, data.judgement);
    return judgement && new Case(Ledger.beginAnew(plan, data.ledger, now), judgement);
  }

  /** Of the last reading that was taken; null before. */
  get readAt(): number | null {
    return this.#ledger.readAt;
  }

  /**
   * Takes what was read into the open block. A reading that is not later than the last is passed over.
   *
   * @returns whether a gateway has begun anew, so that nobody else knows any more what it had counted
   */
  take(reading: Reading): boolean {
    return this.#ledger.take(reading);
  }

  /** Looks at everything that was taken; `at` is later than at the look before. */
  look(at: number): Verdict {
    return this.#judgement.look(this.#ledger.evidence, at);
  }

  toJSON(): unknown {
    return { ledger: this.#ledger.toJSON(), judgement: this.#judgement.toJSON() };
  }
}

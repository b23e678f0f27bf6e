import type { Config } from "../../../proxy/src/config/config.ts";
import { planOf } from "../evidence/plan.ts";
import { hashAnalysis } from "../verdict/analysis-hash.ts";

/** What a state file must agree in with the configuration: else its counts are of something else. */
export interface Identity {
  readonly experiment: string;
  readonly phase: number;
  /** See `Verdict.analysisHash`. */
  readonly analysisHash: string;
}

export function identityOf(config: Config): Identity {
  const { name, phase } = config.experiment;
  return { experiment: name, phase, analysisHash: hashAnalysis(planOf(config)) };
}

export function isSame(one: Identity, other: Identity): boolean {
  return (
    one.experiment === other.experiment &&
    one.phase === other.phase &&
    one.analysisHash === other.analysisHash
  );
}

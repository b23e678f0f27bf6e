import { createWriteAlert } from "./alert.ts";
import { writeExplained } from "./alerts/explained.ts";
import { writeGateway } from "./alerts/gateway.ts";
import { writeOutcomes } from "./alerts/outcomes.ts";
import { writeProcesses } from "./alerts/processes.ts";
import { writeTargets } from "./alerts/targets.ts";
import { writeVerdict } from "./alerts/verdict.ts";
import { createPace } from "./duration.ts";
import type { Group } from "./rule.ts";
import { writeDrift } from "./rules/drift.ts";
import { writeExperiment } from "./rules/experiment.ts";
import { writeLatency } from "./rules/latency.ts";
import { writeSaturation } from "./rules/saturation.ts";
import { writeSlo } from "./rules/slo.ts";
import { writeTraffic } from "./rules/traffic.ts";
import type { WriteSubject } from "./subject.ts";

/**
 * `rules/`: recorded series and, in the same group behind them, the alerts that read them. `alerts/`: alerts that read
 * only what is scraped.
 */
const SUBJECTS: Readonly<Record<string, WriteSubject>> = {
  "rules/traffic.yml": writeTraffic,
  "rules/latency.yml": writeLatency,
  "rules/drift.yml": writeDrift,
  "rules/experiment.yml": writeExperiment,
  "rules/saturation.yml": writeSaturation,
  "rules/slo.yml": writeSlo,
  "alerts/explained.yml": writeExplained,
  "alerts/targets.yml": writeTargets,
  "alerts/gateway.yml": writeGateway,
  "alerts/processes.yml": writeProcesses,
  "alerts/verdict.yml": writeVerdict,
  "alerts/outcomes.yml": writeOutcomes,
};

const DEFAULT_RUNBOOKS = "prometheus/runbooks";

export interface RuleFile {
  /** Below `prometheus/`, such as `rules/drift.yml`. */
  readonly path: string;
  /** Lines of the comment at its head. */
  readonly about: readonly string[];
  readonly groups: readonly Group[];
}

export interface RuleOptions {
  /** What a second of the nominal windows lasts; 1 is real life, 1/30 makes two minutes of an hour. */
  readonly timeScale: number;
  /** Where the runbooks are; left out: `prometheus/runbooks` */
  readonly runbooks?: string;
}

/** Every rule and alert. @throws RangeError for a time scale that is none */
export function ruleFiles({ timeScale, runbooks = DEFAULT_RUNBOOKS }: RuleOptions): readonly RuleFile[] {
  const writing = { pace: createPace(timeScale), writeAlert: createWriteAlert(runbooks) };
  return Object.entries(SUBJECTS).map(([path, write]) => {
    const { about, group } = write(writing);
    return { path, about, groups: [group] };
  });
}

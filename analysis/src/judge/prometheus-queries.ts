import type { Config } from "../../../proxy/src/config/config.ts";
import {
  COUNTED_FAMILIES,
  CPU_FAMILY,
  GATEWAY_MARK,
  JOURNAL_FAMILY,
  PHASE_MARK,
  WORKER_FAMILIES,
  WORKER_MARK,
} from "./families.ts";

/** Prometheus looks back this far for a series' last sample. */
const LOOKBACK_MS = 5 * 60_000;
/** A target that has been silent for longer is gone: nobody waits for it. */
const REMEMBERED = "1h";

export type Queries = ReturnType<typeof createQueries>;

/** What is asked of Prometheus for one phase of an experiment. */
export function createQueries(
  { experiment, variants }: Pick<Config, "experiment" | "variants">,
  stepMs: number,
) {
  const ofExperiment = `experiment=${quoted(experiment.name)}`;
  const ofPhase = `${ofExperiment}, phase=${quoted(String(experiment.phase))}`;
  const ofPhaseOrNone = `experiment=~${quoted(`${literal(experiment.name)}|`)}, phase=~${quoted(`${experiment.phase}|`)}`;
  const families = COUNTED_FAMILIES.join("|");
  const gateways = `last_over_time(${PHASE_MARK}{${ofExperiment}}[${REMEMBERED}])`;
  const names = variants.map(({ name }) => literal(name)).join("|");
  const worker = `model_version=~${quoted(names)}`;
  const workers = `last_over_time(${WORKER_MARK}{${worker}}[${REMEMBERED}])`;
  // From the last sample that the reading before may have seen.
  const since = `${stepMs + LOOKBACK_MS}ms`;
  const ofWorkers = WORKER_FAMILIES.filter((name) => name !== CPU_FAMILY).join("|");
  return {
    /** The phase's zero-initialised counters: it exists where they do, within hours. */
    existence: `count(count_over_time(${PHASE_MARK}{${ofPhase}}[1h]))`,
    firstHour: `${PHASE_MARK}{${ofPhase}}[1h]`,
    /** 1 where the target was scraped, 0 where it was not; only labels of targets. */
    gatewayTargets: `up and on (job, instance) ${gateways}`,
    workerTargets: `up and on (job, instance) ${workers}`,
    gatewayMarks: `${GATEWAY_MARK} and on (job, instance) ${gateways}`,
    journals: `${JOURNAL_FAMILY} and on (job, instance) ${gateways}`,
    counters: `{__name__=~"${families}", ${ofPhase}}`,
    workerNumbers: [
      `{__name__=~"${ofWorkers}", ${worker}}`,
      `${CPU_FAMILY} and on (job, instance) ${WORKER_MARK}{${worker}}`,
    ],
    /** Gateways whose counters may have fallen, or that came or went, within the step: what was between must be read too. */
    troubled: [
      `count by (job, instance) (resets(${CPU_FAMILY}[${since}]) > 0 and on (job, instance) ${gateways})`,
      `count by (job, instance) (resets(${PHASE_MARK}{${ofPhase}}[${since}]) > 0)`,
      `count by (job, instance) (resets(ab_bucket_requests_total{${ofPhase}}[${since}]) > 0)`,
      `count by (job, instance) (count_over_time(${PHASE_MARK}{${ofPhase}}[${stepMs}ms])) unless on (job, instance) ${GATEWAY_MARK}`,
    ].join(" or on (job, instance) "),
    /** Every sample of the step; the journal has neither experiment nor phase. */
    samplesOf: (job: string, instance: string) =>
      `{__name__=~"${families}|${JOURNAL_FAMILY}", ${ofPhaseOrNone}, job=${quoted(job)}, instance=${quoted(instance)}}[${stepMs}ms]`,
  };
}

/** As a regular expression that matches this text alone. */
function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Strings of PromQL escape as those of Go, which for what names may hold is as JSON does. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

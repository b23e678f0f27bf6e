import type { AnalysisSettings, JudgeSettings, OutcomeSettings } from "./analysis-config.ts";
import { formatDuration } from "./duration.ts";
import { type Disguise, formOfSecrets } from "./file-form.ts";

export function formOfOutcomes(outcomes: OutcomeSettings, disguise: Disguise): unknown {
  const { secrets, path, key, origins, rate, plain, numeric, labels, duplicates, journal } = outcomes;
  return {
    secrets: formOfSecrets(secrets, disguise),
    path,
    key: key && disguise.secret(key),
    origins,
    max_age: formatDuration(outcomes.maxAgeMs),
    rate: rate && { requests: rate.requests, per: formatDuration(rate.perMs) },
    allowed: [...plain, ...numeric],
    labels,
    duplicates: { window: duplicates.window, redis: duplicates.redis && disguise.redis(duplicates.redis) },
    journal,
  };
}

/** All of it, and nothing else, is what the hash of an analysis is of. */
export function formOfAnalysis(analysis: AnalysisSettings): unknown {
  const { metric, direction, margin, alpha, tau, neutral, guardrails, secondary } = analysis;
  return {
    metric,
    direction,
    margin,
    alpha,
    guardrail_alpha: analysis.guardrailAlpha,
    tau,
    horizon: formatDuration(analysis.horizonMs),
    planned_looks: analysis.plannedLooks,
    maturity: formatDuration(analysis.maturityMs),
    neutral,
    slower_than: formatDuration(analysis.slowerThanMs),
    guardrails,
    secondary,
  };
}

export function formOfJudge(judge: JudgeSettings): unknown {
  const { host, port, hosts, url, stepMs, prometheus, gateways, state, stop, stopFile, pollMs } = judge;
  return {
    host,
    port,
    hosts,
    url,
    step: formatDuration(stepMs),
    prometheus,
    gateways,
    state,
    stop,
    stop_file: stopFile,
    poll: formatDuration(pollMs),
  };
}

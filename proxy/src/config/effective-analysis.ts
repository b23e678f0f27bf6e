import {
  type AnalysisSettings,
  type Direction,
  type JudgeSettings,
  type MetricName,
  type NumericBounds,
  type OutcomeSettings,
  PLAIN_OUTCOMES,
} from "./analysis-config.ts";
import type { ConfigFile } from "./schema.ts";
import { listOf } from "./secret.ts";

const BETTER_WHEN_LESS: ReadonlySet<MetricName> = new Set([
  "error_ratio",
  "slow_ratio",
  "mean_absolute_error",
  "root_mean_squared_error",
]);

export function effectiveOutcomes(file: ConfigFile["outcomes"]): OutcomeSettings | undefined {
  if (file === undefined || file.secrets === "") return undefined;
  const named = new Set(file.allowed.filter((outcome) => typeof outcome === "string"));
  return {
    secrets: listOf(file.secrets),
    path: file.path,
    key: file.key,
    origins: [...new Set(file.origins)],
    maxAgeMs: file.max_age,
    rate: file.rate && { requests: file.rate.requests, perMs: file.rate.per },
    plain: PLAIN_OUTCOMES.filter((name) => named.has(name)),
    numeric: file.allowed.filter((outcome): outcome is NumericBounds => typeof outcome === "object"),
    labels: [...new Set(file.labels)],
    duplicates: { window: file.duplicates.window, redis: file.duplicates.redis },
    journal: file.journal,
  };
}

export function effectiveAnalysis(file: ConfigFile["analysis"]): AnalysisSettings {
  const { metric, margin, alpha, tau, maturity, neutral, secondary } = file;
  return {
    metric,
    direction: file.direction ?? betterWhen(metric),
    margin,
    alpha,
    guardrailAlpha: file.guardrail_alpha,
    tau: tau ?? (margin > 0 ? 2 * margin : 0.01),
    horizonMs: file.horizon,
    plannedLooks: file.planned_looks,
    maturityMs: maturity,
    neutral,
    slowerThanMs: file.slower_than,
    guardrails: file.guardrails.map((guardrail) => ({
      ...guardrail,
      direction: guardrail.direction ?? betterWhen(guardrail.metric),
    })),
    secondary: [...new Set(secondary)].filter((name) => name !== metric),
  };
}

export function effectiveJudge(file: ConfigFile["judge"]): JudgeSettings {
  const { host, port, hosts, url, step, prometheus, gateways, state, stop, stop_file: stopFile, poll } = file;
  return { host, port, hosts, url, stepMs: step, prometheus, gateways, state, stop, stopFile, pollMs: poll };
}

function betterWhen(metric: MetricName): Direction {
  return BETTER_WHEN_LESS.has(metric) ? "decrease" : "increase";
}

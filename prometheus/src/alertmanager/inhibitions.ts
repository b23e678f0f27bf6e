import type { Inhibition, Matcher } from "./configuration.ts";

/** What follows for a model whose process is gone; drift, memory and restarts of its thread do not follow from that. */
const EFFECTS_OF_A_LOST_WORKER = [
  "UpstreamEjected",
  "VariantErrorRatioHigh",
  "VariantWithoutTraffic",
  "ModelMetricsAbsent",
  "ModelLatencyRegression",
  "ModelLatencyBudgetExceeded",
  "WorkerSaturated",
];

/** What a process that is gone still says of itself for some minutes. */
const EFFECTS_OF_A_LOST_PROCESS = ["EventLoopLagHigh", "ABConfigReloadFailed"];

/** Names of alerts that a broken split makes void: those that draw a conclusion from comparing the variants. */
const CONCLUSIONS = "AB(Verdict|Guardrail|Outcome).*";

/** An exercise neither mutes the case nor is muted by it. */
const inEarnest: Matcher = 'drill=""';

const anyOf = (names: readonly string[]): Matcher => `alertname=~"${names.join("|")}"`;

/**
 * Which alert mutes which. Where a label of `equal` must be there, the source says so: one that is missing on both sides
 * counts as equal, and TargetDown of one thing would mute what is wrong with another.
 */
export const inhibitions: readonly Inhibition[] = [
  {
    // It pages while no worker of the model answers. One of several that is down is a ticket, and mutes nothing: what the
    // others do is another matter.
    source_matchers: ['alertname="TargetDown"', 'severity="page"', 'model_version=~".+"', inEarnest],
    target_matchers: [anyOf(EFFECTS_OF_A_LOST_WORKER), inEarnest],
    equal: ["model_version"],
  },
  {
    source_matchers: ['alertname="TargetDown"', 'job=~".+"', 'instance=~".+"', inEarnest],
    target_matchers: [anyOf(EFFECTS_OF_A_LOST_PROCESS), 'severity="ticket"', inEarnest],
    equal: ["job", "instance"],
  },
  {
    // Their series come through this job alone.
    source_matchers: ['alertname="JobAbsent"', 'job="sentiment-worker"', inEarnest],
    target_matchers: ['alertname="ModelMetricsAbsent"', inEarnest],
  },
  {
    // Whoever cannot be asked by Prometheus need not also be missed by every gateway.
    source_matchers: ['alertname=~"TargetDown|JobAbsent"', 'job="ab-judge"', inEarnest],
    target_matchers: ['alertname="ABJudgeUnreachable"', inEarnest],
  },
  {
    // TargetDown by itself says nothing about the budget, which all variants and the gateway share: errors that it does
    // not account for must page. Whether it accounts for them is computed by Prometheus, in this alert.
    source_matchers: ['alertname="ABErrorsExplained"', 'slo=~".+"', 'window=~".+"', inEarnest],
    target_matchers: ['alertname="ABErrorBudgetBurn"', inEarnest],
    equal: ["job", "slo", "window"],
  },
  {
    source_matchers: ['severity="page"', 'slo=~".+"', inEarnest],
    target_matchers: ['severity="ticket"', 'slo=~".+"', inEarnest],
    equal: ["alertname", "job", "slo"],
  },
  {
    source_matchers: ['alertname="ABSampleRatioMismatch"', 'experiment=~".+"', inEarnest],
    target_matchers: [`alertname=~"${CONCLUSIONS}"`, inEarnest],
    equal: ["experiment"],
  },
];

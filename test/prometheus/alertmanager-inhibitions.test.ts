import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  assertAlertmanagerInstalled,
  type Labels,
  receiveDeliveries,
  startAlertmanager,
} from "./alertmanager.ts";
import { eventually } from "./prometheus.ts";

before(assertAlertmanagerInstalled);

/** Alerts as prometheus/src writes them: with the labels that its expressions leave. */
const targetDown = (model_version: string) => ({
  ...{ alertname: "TargetDown", severity: "page", tier: "worker" },
  ...{ job: "sentiment-worker", instance: `${model_version}:8101`, model_version },
});
const gatewayDown = {
  ...{ alertname: "TargetDown", severity: "page", tier: "proxy", job: "ab-proxy", instance: "a:8081" },
};
const monitoringDown = {
  ...{
    alertname: "TargetDown",
    severity: "ticket",
    tier: "monitoring",
    job: "prometheus",
    instance: "p:9090",
  },
};
const of = (alertname: string, model_version: string, more: Labels = {}) => ({
  ...{ alertname, model_version, severity: "ticket", tier: "worker", ...more },
});
const burn = (severity: string, window: string, more: Labels = {}) => ({
  ...{
    alertname: "ABErrorBudgetBurn",
    severity,
    tier: "proxy",
    job: "ab-proxy",
    slo: "errors",
    window,
    ...more,
  },
});
const slow = (severity: string, window: string) => ({
  ...burn(severity, window),
  ...{ alertname: "ABLatencyBudgetBurn", slo: "latency" },
});
const explained = (window: string) => ({ ...burn("none", window), alertname: "ABErrorsExplained" });
const loop = (instance: string, more: Labels = {}) => ({
  ...{ alertname: "EventLoopLagHigh", severity: "ticket", tier: "proxy", job: "ab-proxy", instance, ...more },
});

interface Case {
  readonly says: string;
  readonly fire: readonly Labels[];
  /** Those of `fire` that nobody is told about. */
  readonly muted: readonly Labels[];
}

const ejected = of("UpstreamEjected", "roberta", { tier: "proxy", upstream: "http://roberta:8101" });
const errors = of("VariantErrorRatioHigh", "roberta", { tier: "experiment" });
const effects = [
  ejected,
  errors,
  of("VariantWithoutTraffic", "roberta", { tier: "experiment", experiment: "e" }),
  of("ModelMetricsAbsent", "roberta"),
  of("ModelLatencyRegression", "roberta"),
  of("ModelLatencyBudgetExceeded", "roberta"),
  of("WorkerSaturated", "roberta"),
];
const drift = of("LabelDistributionDrift", "roberta", { tier: "experiment", feature: "label" });

const ofExperiment = (alertname: string, experiment: string) => ({
  ...{ alertname, severity: "ticket", tier: "experiment", experiment, phase: "1" },
});
/** What a broken split makes void. */
const conclusions = (experiment: string) =>
  ["ABVerdictInvalid", "ABGuardrailBreached", "ABGuardrailStopped", "ABOutcomeFeedStale"].map((name) =>
    ofExperiment(name, experiment),
  );
const unreachable = (instance: string) => ({
  ...{ alertname: "ABJudgeUnreachable", severity: "ticket", tier: "proxy", job: "ab-proxy", instance },
});

const cases: readonly Case[] = [
  {
    says: "a worker that is down is one page: what follows from it is muted",
    fire: [targetDown("roberta"), explained("1h"), burn("page", "1h"), ...effects],
    muted: [burn("page", "1h"), ...effects],
  },
  {
    says: "the other model's alerts are not muted, nor what does not follow from a dead process",
    fire: [
      ...[targetDown("distilbert"), ...effects, drift],
      ...[of("ModelMemoryGrowth", "distilbert"), of("InferenceThreadRestarting", "distilbert")],
    ],
    muted: [],
  },
  {
    says: "a burn that the worker does not explain pages beside it",
    fire: [targetDown("roberta"), burn("page", "1h")],
    muted: [],
  },
  {
    says: "what explains one window does not explain the other",
    fire: [targetDown("roberta"), explained("1h"), burn("page", "1h"), burn("page", "6h")],
    muted: [burn("page", "1h")],
  },
  {
    says: "errors that are explained do not explain slowness, nor another gateway's errors",
    fire: [...[explained("1h"), slow("page", "1h")], burn("page", "1h", { job: "another" })],
    muted: [],
  },
  {
    says: "a model's page and an error budget of others have nothing to do with each other",
    fire: [errors, ejected, monitoringDown, gatewayDown, burn("page", "6h")],
    muted: [],
  },
  {
    says: "a page mutes the ticket of the same objective, and no other ticket",
    fire: [burn("page", "1h"), burn("ticket", "1d"), burn("ticket", "3d"), slow("ticket", "1d"), errors],
    muted: [burn("ticket", "1d"), burn("ticket", "3d")],
  },
  {
    says: "a process that is gone does not also complain about itself, the others may",
    fire: [gatewayDown, loop("a:8081"), loop("b:8081"), loop("a:8081", { job: "sentiment-worker" })],
    muted: [loop("a:8081")],
  },
  {
    says: "a target that is down mutes nothing of what has no instance",
    fire: [monitoringDown, { alertname: "ABConfigReloadFailed", severity: "ticket", job: "prometheus" }],
    muted: [],
  },
  {
    says: "a ticket about a target mutes nothing of the models",
    fire: [{ ...targetDown("roberta"), severity: "ticket" }, errors],
    muted: [],
  },
  {
    says: "a job that is absent explains that its models are",
    fire: [
      ...[{ alertname: "JobAbsent", severity: "page", tier: "monitoring", job: "sentiment-worker" }],
      ...[of("ModelMetricsAbsent", "roberta"), of("ModelMetricsAbsent", "distilbert"), errors],
    ],
    muted: [of("ModelMetricsAbsent", "roberta"), of("ModelMetricsAbsent", "distilbert")],
  },
  {
    says: "the gateway's job says nothing about models",
    fire: [
      { alertname: "JobAbsent", severity: "page", tier: "monitoring", job: "ab-proxy" },
      of("ModelMetricsAbsent", "roberta"),
    ],
    muted: [],
  },
  {
    says: "an exercise neither mutes nor is muted",
    fire: [
      ...[{ ...targetDown("roberta"), drill: "true" }, errors],
      ...[targetDown("distilbert"), of("WorkerSaturated", "distilbert", { drill: "true" })],
    ],
    muted: [],
  },
  {
    says: "a broken split voids the verdicts on that experiment, and nothing else",
    fire: [
      ofExperiment("ABSampleRatioMismatch", "e"),
      ...conclusions("e"),
      ...conclusions("other"),
      { ...drift, experiment: "e" },
      ofExperiment("ABContamination", "e"),
      // They are about the gateway's work, and name no experiment.
      { alertname: "ABOutcomesRejected", severity: "ticket", tier: "experiment" },
      { alertname: "ABVerdictStale", severity: "ticket", tier: "experiment", job: "ab-judge", instance: "j" },
    ],
    muted: conclusions("e"),
  },
  {
    says: "a judge that is down need not also be missed by every gateway",
    fire: [
      { ...monitoringDown, tier: "experiment", job: "ab-judge", instance: "j:8082" },
      ...[unreachable("a:8081"), unreachable("b:8081"), loop("a:8081")],
    ],
    muted: [unreachable("a:8081"), unreachable("b:8081")],
  },
  {
    says: "a judge that answers Prometheus and not a gateway is missed by that gateway",
    fire: [monitoringDown, unreachable("a:8081")],
    muted: [],
  },
];

const identity = (labels: Labels) => JSON.stringify(Object.entries(labels).sort());
const sorted = (alerts: readonly Labels[]) => alerts.map(identity).sort();

for (const { says, fire, muted } of cases)
  test(says, async (t) => {
    const { settings, all } = await receiveDeliveries(t);
    const { post, alerts } = await startAlertmanager(t, settings);
    await post(fire.map((labels) => ({ labels })));
    const suppressed = async () => {
      const known = await alerts();
      return known.filter(({ status }) => status.inhibitedBy.length > 0).map(({ labels }) => labels);
    };
    await eventually("what must be is muted", async () =>
      (await suppressed()).length >= muted.length ? true : undefined,
    );
    const told = fire.filter(
      (labels) => !sorted(muted).includes(identity(labels)) && labels.severity !== "none",
    );
    const delivered = () => all.flatMap((delivery) => delivery.alerts.map(({ labels }) => labels));
    await eventually(
      "everything that is not muted is delivered",
      async () => (new Set(delivered().map(identity)).size >= told.length ? true : undefined),
      () => JSON.stringify(delivered()),
    );
    assert.deepEqual(new Set(delivered().map(identity)), new Set(told.map(identity)));
    assert.deepEqual(sorted(await suppressed()), sorted(muted));
  });

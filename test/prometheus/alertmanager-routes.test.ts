import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { ruleFiles } from "../../prometheus/src/files.ts";
import type { Alert, Rule } from "../../prometheus/src/rule.ts";
import { amtool, assertAlertmanagerInstalled, receiveDeliveries, startAlertmanager } from "./alertmanager.ts";

before(assertAlertmanagerInstalled);

const committed = join(import.meta.dirname, "../../prometheus/alertmanager.yml");
const SEVERITIES = ["page", "ticket", "none"] as const;

const isAlert = (rule: Rule): rule is Alert => "alert" in rule;
const shipped = ruleFiles({ timeScale: 1 })
  .flatMap(({ groups }) => groups)
  .flatMap(({ rules }) => rules)
  .filter(isAlert);

function assertRoute(receiver: string, labels: Readonly<Record<string, string>>): void {
  const { status, said } = amtool([
    ...["config", "routes", "test", `--config.file=${committed}`, `--verify.receivers=${receiver}`],
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
  ]);
  assert.equal(status, 0, `${JSON.stringify(labels)} must go to ${receiver}: ${said}`);
}

/** What is promised to people, in the order of the promise. */
function receiverOf({ alertname, severity, tier, drill }: Readonly<Record<string, string>>): string {
  if (drill !== undefined) return drill === "true" ? "drill" : drill;
  if (alertname === "DeadMansSwitch") return "heartbeat";
  if (severity === "none") return "nobody";
  if (severity === "page") return "on-call";
  return tier === "experiment" ? "experiment" : "tickets";
}

test("amtool accepts the committed configuration, with all its receivers", () => {
  const { status, said } = amtool(["check-config", committed]);
  assert.equal(status, 0, said);
  assert.match(said, /- 7 receivers/);
});

for (const name of new Set(shipped.map(({ alert }) => alert)))
  test(`${name} reaches whom its labels say, at every severity`, () => {
    for (const { labels } of shipped.filter(({ alert }) => alert === name))
      for (const severity of new Set([labels.severity, ...SEVERITIES])) {
        const asFired = { ...labels, alertname: name, severity };
        assertRoute(receiverOf(asFired), asFired);
        assertRoute("drill", { ...asFired, drill: "true" });
      }
  });

test("every alert that is shipped reaches somebody, but for those that only mute", () => {
  const unheard = shipped.filter(
    ({ alert, labels }) => receiverOf({ ...labels, alertname: alert }) === "nobody",
  );
  assert.deepEqual(new Set(unheard.map(({ alert }) => alert)), new Set(["ABErrorsExplained"]));
});

test("the nightly report reaches those who read about the experiment, whatever its severity", () => {
  for (const severity of SEVERITIES)
    assertRoute("nightly-report", {
      alertname: "ABNightlyReport",
      severity,
      tier: "experiment",
      experiment: "e",
    });
});

test("an alert without severity is a ticket", () => {
  assertRoute("tickets", { alertname: "NobodyHasHeardOf" });
});

for (const receiver of ["on-call", "tickets", "experiment"])
  test(`a test message can be sent to ${receiver}`, () => {
    assertRoute(receiver, { alertname: "ABDrill", severity: "page", drill: receiver });
  });

test("an exercise for a receiver that is not known reaches the drill", () => {
  assertRoute("drill", { alertname: "ABDrill", severity: "page", drill: "on_call" });
});

test("each thing that is wrong with a model is a message of its own, also where no alert names an experiment", async (t) => {
  const { settings, find } = await receiveDeliveries(t);
  const { post } = await startAlertmanager(t, settings);
  const shared = { severity: "ticket", tier: "experiment" };
  const wrong = [
    { ...shared, alertname: "LabelDistributionDrift", model_version: "a", feature: "label" },
    { ...shared, alertname: "LabelDistributionDrift", model_version: "b", feature: "label" },
    { ...shared, alertname: "VariantErrorRatioHigh", model_version: "a" },
  ];
  await post(wrong.map((labels) => ({ labels })));
  for (const { alertname, model_version } of wrong) {
    const { alerts } = await find(`a message about ${alertname} of ${model_version}`, (delivery) =>
      delivery.alerts.some(
        ({ labels }) => labels.alertname === alertname && labels.model_version === model_version,
      ),
    );
    assert.equal(alerts.length, 1, JSON.stringify(alerts));
  }
});

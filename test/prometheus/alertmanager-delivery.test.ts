import assert from "node:assert/strict";
import { before, type TestContext, test } from "node:test";
import type { Delivery } from "../../deploy/drill/sink.ts";
import {
  assertAlertmanagerInstalled,
  type Deliveries,
  type Labels,
  type RunningAlertmanager,
  receiveDeliveries,
  startAlertmanager,
} from "./alertmanager.ts";
import { eventually } from "./prometheus.ts";

before(assertAlertmanagerInstalled);

async function start(t: TestContext): Promise<RunningAlertmanager & Deliveries> {
  const deliveries = await receiveDeliveries(t);
  return { ...deliveries, ...(await startAlertmanager(t, deliveries.settings)) };
}

const names = ({ alerts }: Delivery) => alerts.map(({ labels }) => labels.alertname);
const has =
  (alertname: string, status = "firing") =>
  (delivery: Delivery) =>
    delivery.alerts.some((alert) => alert.labels.alertname === alertname && alert.status === status);

const byReceiver: [string, Labels & { alertname: string }][] = [
  ["on-call", { alertname: "TargetDown", severity: "page", tier: "worker", job: "j", instance: "i" }],
  ["on-call", { alertname: "ABErrorBudgetBurn", severity: "page", tier: "proxy", slo: "errors" }],
  ["experiment", { alertname: "LabelDistributionDrift", severity: "ticket", tier: "experiment" }],
  ["tickets", { alertname: "EventLoopLagHigh", severity: "ticket", tier: "proxy" }],
  ["tickets", { alertname: "NobodyHasHeardOf" }],
  ["heartbeat", { alertname: "DeadMansSwitch", severity: "none", tier: "monitoring" }],
  ["drill", { alertname: "ABDrill", severity: "page", drill: "true" }],
  ["on-call", { alertname: "ABDrillOnCall", severity: "page", drill: "on-call" }],
];

test("each alert reaches its receiver and no other, firing and resolved", async (t) => {
  const { post, find, all } = await start(t);
  await post(byReceiver.map(([, labels]) => ({ labels })));
  for (const [receiver, labels] of byReceiver) {
    const delivery = await find(`${labels.alertname} fires`, has(labels.alertname));
    assert.equal(delivery.receiver, receiver, labels.alertname);
    assert.equal(delivery.path, `/${receiver}`);
  }

  const endsAt = new Date();
  await post(byReceiver.map(([, labels]) => ({ labels, endsAt })));
  for (const [receiver, labels] of byReceiver) {
    if (receiver === "heartbeat") continue;
    const resolved = await find(`${labels.alertname} is resolved`, has(labels.alertname, "resolved"));
    assert.equal(resolved.receiver, receiver);
  }
  for (const [receiver, labels] of byReceiver) {
    const reached = all.filter((delivery) => names(delivery).includes(labels.alertname));
    assert.deepEqual(new Set(reached.map((delivery) => delivery.receiver)), new Set([receiver]));
  }
  assert.ok(
    all.every(({ receiver, status }) => receiver !== "heartbeat" || status === "firing"),
    "a resolved heartbeat would be one more call",
  );
});

test("the heartbeat goes on while nothing else is delivered again", async (t) => {
  const { post, all, find } = await start(t);
  await post([
    { labels: { alertname: "DeadMansSwitch", severity: "none" } },
    { labels: { alertname: "TargetDown", severity: "page", instance: "i" } },
  ]);
  await find("the page", has("TargetDown"));
  await eventually("five heartbeats", async () =>
    all.filter(has("DeadMansSwitch")).length >= 5 ? true : undefined,
  );
  assert.equal(all.filter(has("TargetDown")).length, 1);
});

test("workers that go down together are one page", async (t) => {
  const { post, all, find } = await start(t);
  const down = (model_version: string) => ({
    labels: {
      ...{ alertname: "TargetDown", severity: "page", job: "sentiment-worker" },
      ...{ instance: `${model_version}:1`, model_version },
    },
  });
  await post([down("distilbert"), down("roberta")]);
  const page = await find("the page", has("TargetDown"));
  assert.equal(page.alerts.length, 2);
  assert.equal(all.filter(has("TargetDown")).length, 1);
});

test("an exercise of any name and severity reaches the drill alone", async (t) => {
  const { post, all, find } = await start(t);
  const labels = { alertname: "DeadMansSwitch", severity: "none", drill: "true" };
  await post([{ labels }, { labels: { ...labels, alertname: "TargetDown", severity: "page" } }]);
  await find("both exercises", has("DeadMansSwitch"));
  await find("both exercises", has("TargetDown"));
  // What waits as long as a page would, and was posted later, has come: a page would have come before it.
  await post([{ labels: { alertname: "Later", severity: "page" } }]);
  await find("a later page", has("Later"));
  assert.deepEqual(new Set(all.filter((d) => !has("Later")(d)).map((d) => d.receiver)), new Set(["drill"]));
});

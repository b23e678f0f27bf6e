import assert from "node:assert/strict";
import { before, test } from "node:test";
import { nightlyAlert } from "../../analysis/src/report/delivery/nightly.ts";
import { assertAlertmanagerInstalled, receiveDeliveries, startAlertmanager } from "./alertmanager.ts";
import { startMailServer } from "./mail-server.ts";
import { startMessageService } from "./message-service.ts";
import { eventually } from "./prometheus.ts";

before(assertAlertmanagerInstalled);

const NOW = Date.now();
const DAY_MS = 86_400_000;
const SUMMARY = "NOT ENOUGH DATA (about 4 more days): <macro recall> & all";

/** As `blindsplit report --send` posts it; Alertmanager takes moments as text or Date alike. */
function report(experiment: string, now = NOW, more: { readonly endsAt?: Date } = {}) {
  const { labels, annotations, startsAt, endsAt } = nightlyAlert({
    ...{ experiment, summary: SUMMARY, reasons: ["41 looks.", "X less Y: +2.2 pp."], now },
  });
  return { labels, annotations, startsAt, endsAt: more.endsAt ?? new Date(endsAt) };
}

test("a report reaches Slack and mail, in its own words and not as an alert", async (t) => {
  const slack = await startMessageService(t, "ok");
  const { server, mails } = await startMailServer(t);
  const mail = { server, from: "Blindsplit <alerts@example.org>", to: "a@example.org", tls: false };
  const settings = {
    ...{ drill: "http://127.0.0.1:1/", webhooks: {}, mail },
    slack: { webhook: `${slack.url}/services/made/up` },
  };
  const { post } = await startAlertmanager(t, settings);
  await post([report("birds")]);
  const { body } = await eventually("it arrives in Slack", async () => slack.calls[0]);
  const [attachment] = body.attachments as Record<string, string>[];
  assert.equal(
    attachment?.title,
    "birds: NOT ENOUGH DATA (about 4 more days): &lt;macro recall&gt; &amp; all",
  );
  assert.equal(attachment?.text, "41 looks.\nX less Y: +2.2 pp.");
  const sent = await eventually("it arrives by mail", async () => mails[0]);
  assert.deepEqual(sent.to, ["a@example.org"]);
  const content = sent.content.replaceAll("=\r\n", "").replaceAll("=3D", "=");
  assert.match(content, /^Subject: birds: NOT ENOUGH DATA \(about 4 more days\)/m);
  assert.match(content, /NOT ENOUGH DATA \(about 4 more days\): <macro recall> & all/);
  assert.match(content, /&lt;macro recall&gt; &amp; all/);
  assert.doesNotMatch(content, /FIRING|firing/);
});

test("a report is told once: not again the same day, not when it is over, and the next day's anew", async (t) => {
  const { settings, all, find } = await receiveDeliveries(t);
  const { post } = await startAlertmanager(t, settings);
  const reports = (date: string) =>
    all.filter(({ alerts }) =>
      alerts.some(({ labels }) => labels.alertname === "ABNightlyReport" && labels.date === date),
    );
  const today = report("birds");
  const { date } = today.labels;
  await post([today]);
  await eventually("both webhooks have it", async () => (reports(date).length === 2 ? true : undefined));
  assert.deepEqual(new Set(reports(date).map(({ path }) => path)), new Set(["/experiment", "/tickets"]));
  assert.ok(reports(date).every(({ receiver }) => receiver === "nightly-report"));

  await post([report("birds")]);
  await post([report("birds", NOW, { endsAt: new Date() })]);
  // What is posted later and waits as long has come: a repetition would have come before it.
  await post([{ labels: { alertname: "Later", severity: "page" } }]);
  await find("a later page", ({ alerts }) => alerts.some(({ labels }) => labels.alertname === "Later"));
  const tomorrow = report("birds", NOW + DAY_MS);
  await post([{ ...tomorrow, startsAt: today.startsAt }]);
  await eventually("the next day's", async () =>
    reports(tomorrow.labels.date).length === 2 ? true : undefined,
  );
  assert.equal(reports(date).length, 2);
  assert.ok(all.every(({ alerts }) => alerts.every(({ status }) => status === "firing")));
});

test("a broken split does not silence the report that says so", async (t) => {
  const { settings, find } = await receiveDeliveries(t);
  const { post } = await startAlertmanager(t, settings);
  await post([
    {
      labels: { alertname: "ABSampleRatioMismatch", tier: "experiment", severity: "ticket", experiment: "e" },
    },
  ]);
  await find("the mismatch", ({ alerts }) =>
    alerts.some(({ labels }) => labels.alertname === "ABSampleRatioMismatch"),
  );
  await post([report("e")]);
  await find("the report", ({ alerts }) =>
    alerts.some(({ labels }) => labels.alertname === "ABNightlyReport"),
  );
});

test("the day's report is told after the message that there was none", async (t) => {
  const { settings, all } = await receiveDeliveries(t);
  const { post } = await startAlertmanager(t, settings);
  const told = (report: string | undefined) =>
    all.filter(({ alerts }) =>
      alerts.some(({ labels }) => labels.alertname === "ABNightlyReport" && labels.report === report),
    );
  const missing = nightlyAlert({
    ...{
      experiment: "birds",
      exception: "missing",
      summary: "NO REPORT could be made",
      reasons: [],
      now: NOW,
    },
  });
  await post([{ ...missing, endsAt: new Date(missing.endsAt) }]);
  await eventually("that there is none", async () => (told("missing").length === 2 ? true : undefined));
  await post([report("birds")]);
  await eventually("the report", async () => (told(undefined).length === 2 ? true : undefined));
  assert.equal(told("missing").length, 2);
});

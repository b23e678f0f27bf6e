import assert from "node:assert/strict";
import { before, type TestContext, test } from "node:test";
import type { Settings } from "../../prometheus/src/alertmanager/settings.ts";
import { assertAlertmanagerInstalled, startAlertmanager } from "./alertmanager.ts";
import { startMailServer } from "./mail-server.ts";
import { startMessageService } from "./message-service.ts";
import { eventually } from "./prometheus.ts";

before(assertAlertmanagerInstalled);

/** Telegram refuses longer ones. */
const MOST_CHARACTERS = 4_096;

const drill = { drill: "http://127.0.0.1:1/", webhooks: {} };
const page = { alertname: "Slow_Model", severity: "page", model_version: "roberta" };
const hostile = {
  summary: "<roberta> & *others* are <!channel> slower",
  description: 'P99 is 1.2 s > 0.5 s, "twice" what it was',
  runbook_url: "https://example.org/runbooks/Slow_Model.md",
};

/** The first two things that arrive: an alert firing, then resolved. */
async function fireAndResolve<T>(
  t: TestContext,
  settings: Settings,
  labels: Readonly<Record<string, string>>,
  arrived: readonly T[],
): Promise<[T, T]> {
  const { post } = await startAlertmanager(t, settings);
  await post([{ labels, annotations: hostile }]);
  const firing = await eventually("firing arrives", async () => arrived[0]);
  await post([{ labels, annotations: hostile, endsAt: new Date() }]);
  return [firing, await eventually("resolved arrives", async () => arrived[1])];
}

const telegramTakes = '{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":-100,"type":"group"}}}';

test("Telegram gets HTML in which nothing of an annotation is a tag", async (t) => {
  const { url, calls } = await startMessageService(t, telegramTakes);
  const telegram = { token: "123:abc", chat: -100, api: url };
  const [firing, resolved] = await fireAndResolve(t, { ...drill, telegram }, page, calls);
  assert.equal(firing.path, "/bot123:abc/sendMessage");
  assert.equal(Number(firing.body.chat_id), -100);
  assert.equal(firing.body.parse_mode, "HTML");
  assert.equal(
    firing.body.text,
    [
      "<b>FIRING Slow_Model</b>",
      "<b>firing</b>: &lt;roberta&gt; &amp; *others* are &lt;!channel&gt; slower",
      "P99 is 1.2 s &gt; 0.5 s, &#34;twice&#34; what it was",
      "Runbook: https://example.org/runbooks/Slow_Model.md",
    ].join("\n"),
  );
  assert.equal(
    resolved.body.text,
    "<b>RESOLVED Slow_Model</b>\n<b>resolved</b>: &lt;roberta&gt; &amp; *others* are &lt;!channel&gt; slower",
  );
});

test("however many alerts there are, Telegram's message stays below its limit and whole", async (t) => {
  const { url, calls } = await startMessageService(t, telegramTakes);
  const { post } = await startAlertmanager(t, { ...drill, telegram: { token: "1:a", chat: 1, api: url } });
  const long = "a long sentence ".repeat(100);
  await post(
    Array.from({ length: 30 }, (_, index) => ({
      labels: { ...page, instance: `${index}` },
      annotations: { summary: long, description: long, runbook_url: `https://example.org/${long}` },
    })),
  );
  const { body } = await eventually("the message arrives", async () => calls[0]);
  const text = String(body.text);
  assert.ok(text.length < MOST_CHARACTERS, `${text.length} characters`);
  assert.match(text, /^<b>FIRING \(30\) Slow_Model<\/b>\n/);
  assert.match(text, /\n… 30 alerts in all$/);
  assert.equal(text.match(/<b>/g)?.length, text.match(/<\/b>/g)?.length);
});

test("Slack gets text with its three characters escaped, so that nobody is called by an annotation", async (t) => {
  const { url, calls } = await startMessageService(t, "ok");
  const labels = { alertname: "Label_Drift", severity: "ticket", tier: "experiment", experiment: "e" };
  const [firing, resolved] = await fireAndResolve(
    t,
    { ...drill, slack: { webhook: `${url}/services/made/up` } },
    labels,
    calls,
  );
  assert.equal(firing.path, "/services/made/up");
  const [attachment] = firing.body.attachments as Record<string, string>[];
  assert.equal(attachment?.title, "FIRING Label_Drift");
  assert.equal(attachment?.color, "danger");
  assert.equal(
    attachment?.text,
    [
      "*firing*: &lt;roberta&gt; &amp; *others* are &lt;!channel&gt; slower",
      'P99 is 1.2 s &gt; 0.5 s, "twice" what it was',
      "Runbook: https://example.org/runbooks/Slow_Model.md",
    ].join("\n"),
  );
  const [after] = resolved.body.attachments as Record<string, string>[];
  assert.equal(after?.title, "RESOLVED Label_Drift");
  assert.equal(after?.color, "good");
});

test("a mail reaches all its recipients, as text and as HTML", async (t) => {
  const { server, mails } = await startMailServer(t);
  const mail = {
    ...{
      server,
      from: "Blindsplit <alerts@example.org>",
      to: "a@example.org, B <b@example.org>",
      tls: false,
    },
  };
  const labels = { alertname: "Event_Loop", severity: "ticket", tier: "proxy" };
  const [firing, resolved] = await fireAndResolve(t, { ...drill, mail }, labels, mails);
  assert.equal(firing.from, "alerts@example.org");
  assert.deepEqual(new Set(firing.to), new Set(["a@example.org", "b@example.org"]));
  assert.match(firing.content, /^Subject: FIRING Event_Loop\r?$/m);
  const content = firing.content.replaceAll("=\r\n", "").replaceAll("=3D", "=");
  assert.match(content, /Content-Type: text\/plain/);
  assert.match(content, /firing: <roberta> & \*others\* are <!channel> slower/);
  assert.match(content, /Content-Type: text\/html/);
  assert.match(content, /<b>firing<\/b>: &lt;roberta&gt; &amp; \*others\* are &lt;!channel&gt; slower<br>/);
  assert.match(content, /Runbook: https:\/\/example\.org\/runbooks\/Slow_Model\.md/);
  assert.match(resolved.content, /^Subject: RESOLVED Event_Loop\r?$/m);
});

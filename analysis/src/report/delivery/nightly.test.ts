import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { createTerminal, writeFiles } from "../../../../test/support/terminal.ts";
import { sampleVerdict } from "../../../../test/support/verdicts.ts";
import { report } from "../command.ts";
import { nightlyAlert, sendNightly } from "./nightly.ts";

const NOW = Date.UTC(2027, 1, 3, 23, 59, 30);
const NIGHTLY = { experiment: "birds", summary: "NO DIFFERENCE", reasons: ["One.", "Two."], now: NOW };
const ACTIVE = { state: "active", silencedBy: [], inhibitedBy: [] };

interface Served {
  readonly post?: readonly number[];
  readonly status?: { readonly state: string; readonly silencedBy: string[]; readonly inhibitedBy: string[] };
  readonly isListed?: boolean;
}

/** Alertmanager's API, as far as a report meets it. */
async function serve(t: TestContext, { post = [200], status = ACTIVE, isListed = true }: Served = {}) {
  const posted: { labels: Record<string, string>; annotations: Record<string, string> }[] = [];
  const asked: string[] = [];
  const answers = [...post];
  async function answer(request: IncomingMessage): Promise<readonly [number, string]> {
    if (request.method === "GET") {
      asked.push(decodeURIComponent(request.url ?? ""));
      return [200, JSON.stringify(isListed ? [{ status }] : [])];
    }
    const [alert] = JSON.parse(await text(request));
    posted.push(alert);
    return [answers.shift() ?? 200, "said\nso"];
  }
  const server = createServer((request, response) => {
    void answer(request).then(([code, body]) => response.writeHead(code).end(body));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posted, asked };
}

test("all reports of an experiment and a day are one alert, which outlives the day", () => {
  const early = nightlyAlert({ ...NIGHTLY, now: Date.UTC(2027, 1, 3) });
  const late = nightlyAlert({ ...NIGHTLY, summary: "BETTER" });
  assert.deepEqual(early.labels, late.labels);
  assert.deepEqual([late.startsAt, late.endsAt], [early.startsAt, early.endsAt]);
  assert.deepEqual(late.labels, {
    ...{ alertname: "ABNightlyReport", experiment: "birds", date: "2027-02-03" },
    ...{ tier: "experiment", severity: "ticket" },
  });
  assert.equal(late.endsAt, "2027-02-04T01:00:00.000Z");
  assert.notEqual(nightlyAlert({ ...NIGHTLY, now: NOW + 60_000 }).labels.date, late.labels.date);
});

test("what is too long for a message is cut with a sign", () => {
  const { annotations } = nightlyAlert({
    ...NIGHTLY,
    summary: "s".repeat(999),
    reasons: ["r".repeat(9_999)],
  });
  assert.equal(annotations.summary.length, 300);
  assert.equal(annotations.description.length, 2_400);
  assert.ok(annotations.summary.endsWith("…") && annotations.description.endsWith("…"));
});

test("it is posted, and looked up by what makes it one", async (t) => {
  const { url, posted, asked } = await serve(t);
  await sendNightly(url, NIGHTLY);
  assert.deepEqual(posted, [nightlyAlert(NIGHTLY)]);
  assert.deepEqual(asked, [
    '/api/v2/alerts?filter=alertname="ABNightlyReport"&filter=experiment="birds"&filter=date="2027-02-03"&filter=report=""',
  ]);
});

test("an Alertmanager that is just starting is asked again", async (t) => {
  const { url, posted } = await serve(t, { post: [503, 200] });
  await sendNightly(url, NIGHTLY, 1);
  assert.equal(posted.length, 2);
});

for (const [what, served, message, posts] of [
  ["refuses it", { post: [400] }, /was not sent: Alertmanager at \S+ answers 400 said so; name another/, 1],
  ["does not list it", { isListed: false }, /took the report and does not list it: is its clock right\?/, 1],
  [
    "has silenced it",
    { status: { state: "suppressed", silencedBy: ["4711"], inhibitedBy: [] } },
    /told to nobody: the silence 4711 holds it; let it end/,
    1,
  ],
] as const)
  test(`an Alertmanager that ${what} fails the delivery`, async (t) => {
    const { url, posted } = await serve(t, served as Served);
    await assert.rejects(sendNightly(url, NIGHTLY, 1), { name: "CommandError", message });
    assert.equal(posted.length, posts);
  });

const CONFIG = `
experiment: { name: sentiment-model, phase: 2 }
variants:
  - { name: distilbert, weight: 50, upstreams: ["http://127.0.0.1:1"] }
  - { name: roberta, weight: 50, upstreams: ["http://127.0.0.1:1"] }
`;

async function sendFrom(t: TestContext, state: string, url: string) {
  const file = await writeFiles(t, { "experiment.yaml": CONFIG, "judge.json": state });
  const { terminal, said } = createTerminal({}, NOW);
  const argv = ["--config", file("experiment.yaml"), "--state", file("judge.json")];
  return { said, code: report([...argv, "--send", "--alertmanager", url], terminal) };
}

test("a report that is sent ends with 0 whatever it says, and names no variant", async (t) => {
  const { url, posted } = await serve(t);
  const verdict = sampleVerdict({ answer: "invalid" });
  const state = JSON.stringify({ version: 1, experiment: "sentiment-model", verdict });
  assert.equal(await (await sendFrom(t, state, url)).code, 0);
  assert.equal(posted[0]?.annotations.summary, "INVALID (sample ratio mismatch, workers not comparable)");
  assert.match(
    posted[0]?.annotations.description ?? "",
    /^The comparison is invalid.*\nSample ratio mismatch.*\nPhase 2, look 120\.$/s,
  );
  assert.doesNotMatch(JSON.stringify(posted), /roberta|distilbert/);
});

test("a report that cannot be made is told too, and ends with an error", async (t) => {
  const { url, posted } = await serve(t);
  const { code, said } = await sendFrom(t, "{}", url);
  await assert.rejects(code, { message: /is no state file of version 1/ });
  assert.equal(said.out, "");
  assert.equal(posted[0]?.annotations.summary, "NO REPORT could be made");
  assert.match(posted[0]?.annotations.description ?? "", /is no state file/);
});

test("a report that nobody takes is not delivered", async () => {
  await assert.rejects(sendNightly("http://127.0.0.1:1", NIGHTLY, 1), {
    message: /was not sent: Alertmanager at http:\/\/127\.0\.0\.1:1 does not answer/,
  });
});

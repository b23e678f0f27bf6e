import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  directory,
  ROBERTA,
  type RunningApp,
  runApp,
  testOptions,
} from "../../worker/src/testing/running-app.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { until } from "../support/variant-upstreams.ts";

const TEXTS = [
  "A wonderful, moving film.",
  "I have never been so bored in my life.",
  "The train arrives at nine.",
  "Not bad at all!",
  "Who would pay for this?",
  "It rained, and then it stopped.",
  "The best day of the year.",
  "My order came broken. Again.",
];

/** An answer does not depend on who else is in its batch. */
const ALONE = { maxTexts: 1, maxTokens: 512, maxDelayMs: 0 };

interface Sample {
  readonly text: string;
  readonly served: { readonly model_version: string; readonly label: string; readonly score: number };
  readonly shadow: { readonly model_version: string; readonly label: string; readonly score: number };
}

async function total(worker: RunningApp, metric: string): Promise<number> {
  return [...(await worker.scrape(metric)).values()].reduce((sum, value) => sum + value, 0);
}

test("a dark launch: what the new model would have said is known, and its worker counts no request of a caller", async (t) => {
  const distilbert = await runApp(t, testOptions({ name: "distilbert", maxQueue: 64, batch: ALONE }));
  const roberta = await runApp(
    t,
    testOptions({ name: "roberta", model: directory(ROBERTA), maxQueue: 64, batch: ALONE }),
  );
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-shadow-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const samples = join(folder, "samples.jsonl");
  const more = [
    "outcomes: { secrets: [0123456789abcdef0123456789abcdef], labels: [negative, neutral, positive] }",
    `shadow: { variant: roberta, percent: 100, max_in_flight: 64, sample_texts: "${samples}" }`,
  ].join("\n");
  const upstreams = { distilbert: distilbert.url, roberta: roberta.url };
  const proxy = await startProxy(t, configuration(upstreams, [100, 0], more));

  const pairs = new Map<string, number>();
  const expected: Sample[] = [];
  for (const text of TEXTS) {
    const [own, other] = [
      (await distilbert.post("/predict", { text })).json,
      (await roberta.post("/predict", { text })).json,
    ];
    const pair = `${own.label} ${other.label}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    if (own.label !== other.label)
      expected.push({
        text,
        served: { model_version: "distilbert", ...own },
        shadow: { model_version: "roberta", ...other },
      });
  }
  assert.ok(expected.length > 0, "the texts tell the models apart");
  const before = await total(roberta, "sentiment_requests_total");

  for (const text of TEXTS) {
    const answer = await fetch(`${proxy.url}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user-id": "alice" },
      body: JSON.stringify({ text }),
    });
    assert.equal(answer.status, 200);
    await answer.json();
  }
  const answered = () => proxy.metric("ab_shadow_requests_total", { result: "answered" });
  await until(async () => (await answered()) === TEXTS.length);

  for (const [pair, count] of pairs) {
    const [label = "", shadowLabel = ""] = pair.split(" ");
    const labels = { model_version: "distilbert", label, shadow_label: shadowLabel };
    assert.equal(await proxy.metric("ab_shadow_predictions_total", labels), count, pair);
  }
  assert.equal(await proxy.metric("ab_shadow_predictions_total"), TEXTS.length);
  await until(async () => (await total(roberta, "sentiment_shadow_requests_total")) === TEXTS.length);
  assert.equal(await total(roberta, "sentiment_requests_total"), before);
  assert.equal(await total(roberta, "sentiment_inference_seconds_count"), TEXTS.length);
  assert.equal(await total(distilbert, "sentiment_shadow_requests_total"), 0);

  await proxy.stop();
  assert.equal(statSync(samples).mode & 0o777, 0o600);
  const written = readFileSync(samples, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Sample);
  // In the order in which the shadows were answered.
  const byText = (one: Sample, other: Sample) => (one.text < other.text ? -1 : 1);
  assert.deepEqual(
    written.map(({ text, served, shadow }) => ({ text, served, shadow })).sort(byText),
    expected.sort(byText),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DROP_REASONS } from "../inference/record.ts";
import { readSeries } from "../testing/exposition.ts";
import { sampleBaseline } from "../testing/sample-baseline.ts";
import { testMetrics } from "../testing/test-metrics.ts";
import { INFERENCE_BUCKETS } from "./buckets.ts";
import { METRICS, STATUSES } from "./metrics.ts";
import type { Metrics, ModelDescription } from "./record.ts";
import { DROPPED_CONNECTIONS } from "./requests.ts";

const REGRESSION = { task: "text-regression", labels: [] } as const;

const encoded = (tokens: number) => ({ tokens, unknownTokens: 0, isTruncated: false, tokenizeSeconds: 0 });
const computed = (inferenceSeconds: number, score = 0.5) => ({ inferenceSeconds, queueSeconds: 0, score });
const model = (changes: Partial<ModelDescription> = {}): ModelDescription => ({
  info: { model_name: "m", revision: "r", dtype: "int8", runtime: "ort", labels: "negative,positive" },
  fileBytes: 12,
  baseline: undefined,
  ...changes,
});

async function series(metrics: Metrics, prefix = ""): Promise<string[]> {
  return [...readSeries(await metrics.expose(), prefix)].map(([name, value]) => `${name} ${value}`);
}

test("every legal series of sentiment_requests_total exists with 0 at start, and no other", async () => {
  const expected = new Set([
    'sentiment_requests_total{model_version="a",status="200",sentiment_label="negative"} 0',
    'sentiment_requests_total{model_version="a",status="200",sentiment_label="positive"} 0',
    ...STATUSES.filter((status) => status !== "200").map(
      (status) => `sentiment_requests_total{model_version="a",status="${status}",sentiment_label="none"} 0`,
    ),
  ]);
  assert.deepEqual(new Set(await series(testMetrics(), "sentiment_requests_total")), expected);
});

test("a binary model never has a neutral series, a ternary one has it from the start", async () => {
  const isNeutral = (line: string) => line.includes("neutral");
  assert.equal((await series(testMetrics())).some(isNeutral), false);
  assert.equal(
    (await series(testMetrics({ labels: ["negative", "neutral", "positive"] }))).filter(isNeutral).length,
    2,
  );
});

test("whatever is counted, the set of series stays as it was at start", async () => {
  const metrics = testMetrics();
  const names = async () => (await series(metrics)).map((line) => line.slice(0, line.lastIndexOf(" ")));
  const before = await names();
  fc.assert(
    fc.property(
      // 200 is answered, never failed.
      fc.integer({ min: 100, max: 999 }).filter((status) => status !== 200),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (status, x) => {
        metrics.failed(status);
        metrics.encoded({ tokens: x, unknownTokens: 1, isTruncated: x > 50, tokenizeSeconds: x });
        metrics.computed({ inferenceSeconds: x, queueSeconds: x, score: x });
        metrics.ran({ sequences: x, tokens: x, paddingTokens: x, runSeconds: x });
        metrics.lookedUp(x > 50);
        metrics.input({ characters: x, nonAsciiCharacters: x });
      },
    ),
  );
  metrics.answered([{ label: "positive" }]);
  for (const reason of DROP_REASONS) metrics.dropped(reason, 1);
  for (const reason of DROPPED_CONNECTIONS) metrics.connectionDropped(reason);
  metrics.emptyInput();
  metrics.threadRestarted();
  assert.deepEqual(await names(), before);
});

test("an unlisted status is counted as other", async () => {
  const metrics = testMetrics();
  metrics.failed(418);
  const other = 'sentiment_requests_total{model_version="a",status="other",sentiment_label="none"} 1';
  assert.deepEqual(
    (await series(metrics, "sentiment_requests_total")).filter((line) => line.endsWith(" 1")),
    [other],
  );
});

test("the inference buckets are the 33 of the contract", async () => {
  assert.equal(INFERENCE_BUCKETS.length, 33);
  const metrics = testMetrics();
  metrics.computed(computed(0.0125));
  const buckets = await series(metrics, "sentiment_inference_seconds_bucket");
  assert.equal(buckets.length, 34);
  assert.ok(buckets.includes('sentiment_inference_seconds_bucket{le="0.01",model_version="a"} 0'));
  assert.ok(buckets.includes('sentiment_inference_seconds_bucket{le="0.0125",model_version="a"} 1'));
});

test("squares are summed beside the times, so that a variance can be computed", async () => {
  const metrics = testMetrics();
  metrics.computed(computed(0.5));
  metrics.computed(computed(2));
  assert.deepEqual(await series(metrics, "sentiment_inference_squared_seconds_total"), [
    'sentiment_inference_squared_seconds_total{model_version="a"} 4.25',
  ]);
});

test("gauges are read at scrape, and a second scraper reads the same", async () => {
  const metrics = testMetrics();
  const first = await metrics.expose();
  assert.equal(await metrics.expose(), first);
  for (const line of [
    'sentiment_queue_depth{model_version="a"} 3',
    'sentiment_queue_limit{model_version="a"} 256',
    'sentiment_queue_depth_tokens{model_version="a"} 70',
    'sentiment_queue_limit_tokens{model_version="a"} 4096',
    'model_memory_usage_bytes{model_version="a"} 1000',
    'model_memory_limit_bytes{model_version="a"} 2000',
    'sentiment_worker_ready{model_version="a"} 1',
    "nodejs_eventloop_lag_p99_seconds 0.5",
    "process_cpu_seconds_total 7",
  ]) {
    assert.ok(first.split("\n").includes(line), line);
  }
});

test("a latency budget is exposed with its bound as the histogram writes it; without one it is not there", async () => {
  const metric = "sentiment_latency_budget_seconds";
  for (const budget of INFERENCE_BUCKETS) {
    const metrics = testMetrics({ latencyBudgetSeconds: budget });
    assert.deepEqual(await series(metrics, metric), [
      `${metric}{model_version="a",bound="${budget}"} ${budget}`,
    ]);
    const bounds = await series(metrics, `sentiment_inference_seconds_bucket{le="${budget}"`);
    assert.equal(bounds.length, 1);
  }
  assert.deepEqual(await series(testMetrics({ latencyBudgetSeconds: undefined }), metric), []);
});

test("every declared metric is exposed under its name with its help, by one kind of model or another", async () => {
  const kinds = [testMetrics(), testMetrics(REGRESSION)];
  kinds[0]?.describeModel(model({ baseline: sampleBaseline() }));
  kinds[1]?.describeModel(model({ baseline: sampleBaseline({ labels: {} }) }));
  const text = (await Promise.all(kinds.map((metrics) => metrics.expose()))).join("");
  for (const { name, help } of Object.values(METRICS))
    assert.ok(text.includes(`# HELP ${name} ${help}\n`), name);
});

test("a regression's answers have no label, no confidence, and their sums", async () => {
  const metrics = testMetrics(REGRESSION);
  metrics.answered([{ label: undefined }]);
  metrics.computed(computed(0.1, 4.5));
  metrics.computed(computed(0.1, -2));
  const lines = await series(metrics);
  for (const line of [
    'sentiment_requests_total{model_version="a",status="200",sentiment_label="none"} 1',
    'sentiment_regression_score_bucket{le="-1",model_version="a"} 1',
    'sentiment_regression_score_bucket{le="4.5",model_version="a"} 2',
    'sentiment_regression_score_sum{model_version="a"} 2.5',
    'sentiment_regression_score_squared_total{model_version="a"} 24.25',
  ])
    assert.ok(lines.includes(line), line);
  assert.equal(
    lines.some((line) => line.startsWith("sentiment_confidence_ratio")),
    false,
  );
});

test("a graph that takes the text itself has no token metrics", async () => {
  const metrics = testMetrics({ input: "text" });
  metrics.encoded(encoded(0));
  metrics.ran({ sequences: 2, tokens: 2, paddingTokens: 0, runSeconds: 0.1 });
  const text = await metrics.expose();
  for (const metric of [
    "tokens",
    "unknownTokens",
    "tokenize",
    "truncated",
    "batchTokens",
    "batchPaddingTokens",
  ] as const)
    assert.equal(text.includes(METRICS[metric].name), false, METRICS[metric].name);
  assert.match(text, /sentiment_batch_sequences_count\{model_version="a"\} 1\n/);
});

test("batches are counted with their waste and the thread's time", async () => {
  const metrics = testMetrics();
  metrics.ran({ sequences: 3, tokens: 40, paddingTokens: 5, runSeconds: 0.25 });
  metrics.ran({ sequences: 1, tokens: 9, paddingTokens: 0, runSeconds: 0.25 });
  const lines = await series(metrics);
  for (const line of [
    'sentiment_batch_sequences_bucket{le="1",model_version="a"} 1',
    'sentiment_batch_sequences_sum{model_version="a"} 4',
    'sentiment_batch_tokens_total{model_version="a"} 49',
    'sentiment_batch_padding_tokens_total{model_version="a"} 5',
    'sentiment_inference_busy_seconds_total{model_version="a"} 0.5',
  ])
    assert.ok(lines.includes(line), line);
});

test("what a text is like is counted: unknown tokens, truncation, characters that are not ASCII, empty ones", async () => {
  const metrics = testMetrics();
  metrics.encoded({ tokens: 10, unknownTokens: 2, isTruncated: true, tokenizeSeconds: 0.001 });
  metrics.input({ characters: 20, nonAsciiCharacters: 4 });
  metrics.emptyInput();
  metrics.lookedUp(true);
  const lines = await series(metrics);
  for (const line of [
    'sentiment_input_tokens_sum{model_version="a"} 10',
    'sentiment_unknown_tokens_total{model_version="a"} 2',
    'sentiment_truncated_inputs_total{model_version="a"} 1',
    'sentiment_input_characters_sum{model_version="a"} 20',
    'sentiment_input_non_ascii_characters_total{model_version="a"} 4',
    'sentiment_empty_inputs_total{model_version="a"} 1',
    'sentiment_answer_cache_lookups_total{model_version="a",result="hit"} 1',
    'sentiment_answer_cache_lookups_total{model_version="a",result="miss"} 0',
  ])
    assert.ok(lines.includes(line), line);
});

test("a baseline is exposed by the buckets of the histograms; without one nothing of it is there", async () => {
  const isBaseline = (line: string) => line.includes("baseline");
  const without = testMetrics();
  without.describeModel(model());
  assert.equal((await series(without)).some(isBaseline), false);

  const metrics = testMetrics();
  metrics.describeModel(model({ baseline: sampleBaseline() }));
  const lines = await series(metrics);
  for (const line of [
    'sentiment_label_baseline_ratio{model_version="a",sentiment_label="negative"} 0.4',
    'sentiment_label_baseline_samples{model_version="a"} 1000',
    'sentiment_confidence_baseline_ratio{model_version="a",bound="0.1",previous_bound="none"} 0.1',
    'sentiment_confidence_baseline_ratio{model_version="a",bound="+Inf",previous_bound="1"} 1',
    'sentiment_unknown_tokens_baseline_ratio{model_version="a"} 0.01',
    'sentiment_non_ascii_baseline_ratio{model_version="a"} 0.02',
    'model_file_bytes{model_version="a"} 12',
  ])
    assert.ok(lines.includes(line), line);
  const bounds = (name: string) =>
    lines.filter((line) => line.startsWith(name)).map((line) => /[{,](?:le|bound)="([^"]+)"/.exec(line)?.[1]);
  assert.deepEqual(
    bounds("sentiment_input_characters_baseline_ratio"),
    bounds("sentiment_input_characters_bucket"),
  );
});

test("a scrape shows one moment: what is counted while its text is written is in the next", async () => {
  const metrics = testMetrics();
  const text = metrics.expose();
  metrics.computed(computed(0.1));
  metrics.answered([{ label: "positive" }]);
  assert.doesNotMatch(await text, /inference_seconds_count\{.*\} 1|sentiment_label="positive"\} 1/);
  assert.match(await metrics.expose(), /inference_seconds_count\{.*\} 1/);
});

test("two workers in one process do not share a registry", async () => {
  const [one, two] = [testMetrics(), testMetrics()];
  one.failed(500);
  assert.equal(
    (await series(two)).some((line) => /status="500".* 1$/.test(line)),
    false,
  );
});

test("shadow requests have every series of their own from the start, and are in no other", async () => {
  const metrics = testMetrics();
  const names = (lines: readonly string[]) => lines.map((line) => line.replace(/^\w+|\d+$/g, ""));
  assert.deepEqual(
    names(await series(metrics, "sentiment_shadow_requests_total")),
    names(await series(metrics, "sentiment_requests_total")),
  );
  const before = await series(metrics);
  metrics.shadow.answered([{ label: "positive" }]);
  metrics.shadow.failed(429);
  metrics.shadow.failed(418);
  const after = await series(metrics);
  assert.deepEqual(
    after.filter((line) => !before.includes(line)),
    [
      'sentiment_shadow_requests_total{model_version="a",status="200",sentiment_label="positive"} 1',
      'sentiment_shadow_requests_total{model_version="a",status="429",sentiment_label="none"} 1',
      'sentiment_shadow_requests_total{model_version="a",status="other",sentiment_label="none"} 1',
    ],
  );
});

test("what makes one worker faster than another is said, so that variants can be compared", async () => {
  const lines = await series(testMetrics());
  for (const line of [
    'sentiment_worker_info{model_version="a",threads="1",max_batch_size="8",max_batch_tokens="512",max_batch_delay_seconds="0",max_queue="256",max_queue_tokens="4096",answer_cache="0",dtype="quantized",provider="cpu"} 1',
    'model_cpu_limit_cores{model_version="a"} 1.5',
  ])
    assert.ok(lines.includes(line), line);
});

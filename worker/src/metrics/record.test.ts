import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DROP_REASONS } from "../inference/dispatcher.ts";
import { readSeries } from "../testing/exposition.ts";
import { INFERENCE_BUCKETS, METRICS, STATUSES } from "./metrics.ts";
import { createMetrics, type Metrics } from "./record.ts";

function create(labels: readonly string[] = ["negative", "positive"]): Metrics {
  return createMetrics({
    name: "a",
    labels,
    queueLimit: 256,
    queueDepth: () => 3,
    isReady: () => true,
    eventLoopLagSeconds: () => 0.5,
    process: {
      residentBytes: () => 1000,
      memoryLimitBytes: () => 2000,
      cpuSeconds: () => 7,
      startTimeSeconds: 9,
    },
  });
}

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
  assert.deepEqual(new Set(await series(create(), "sentiment_requests_total")), expected);
});

test("a binary model never has a neutral series, a ternary one has it from the start", async () => {
  const isNeutral = (line: string) => line.includes("neutral");
  assert.equal((await series(create())).some(isNeutral), false);
  assert.equal((await series(create(["negative", "neutral", "positive"]))).filter(isNeutral).length, 1);
});

test("whatever is counted, the set of series stays as it was at start", async () => {
  const metrics = create();
  const names = async () => (await series(metrics)).map((line) => line.slice(0, line.lastIndexOf(" ")));
  const before = await names();
  fc.assert(
    fc.property(
      // 200 is answered, never failed.
      fc.integer({ min: 100, max: 999 }).filter((status) => status !== 200),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (status, x) => {
        metrics.failed(status);
        metrics.inference(x);
        metrics.queued(x);
        metrics.tokenized(x);
        metrics.characters(Math.round(x));
      },
    ),
  );
  metrics.answered([{ label: "positive", score: 1 }]);
  for (const reason of DROP_REASONS) metrics.dropped(reason, 1);
  metrics.connectionDropped();
  assert.deepEqual(await names(), before);
});

test("an unlisted status is counted as other", async () => {
  const metrics = create();
  metrics.failed(418);
  const other = 'sentiment_requests_total{model_version="a",status="other",sentiment_label="none"} 1';
  assert.deepEqual(
    (await series(metrics, "sentiment_requests_total")).filter((line) => line.endsWith(" 1")),
    [other],
  );
});

test("the inference buckets are the 33 of the contract", async () => {
  assert.equal(INFERENCE_BUCKETS.length, 33);
  const metrics = create();
  metrics.inference(0.0125);
  const buckets = await series(metrics, "sentiment_inference_seconds_bucket");
  assert.equal(buckets.length, 34);
  assert.ok(buckets.includes('sentiment_inference_seconds_bucket{le="0.01",model_version="a"} 0'));
  assert.ok(buckets.includes('sentiment_inference_seconds_bucket{le="0.0125",model_version="a"} 1'));
});

test("squares are summed beside the times, so that a variance can be computed", async () => {
  const metrics = create();
  metrics.inference(0.5);
  metrics.inference(2);
  assert.deepEqual(await series(metrics, "sentiment_inference_squared_seconds_total"), [
    'sentiment_inference_squared_seconds_total{model_version="a"} 4.25',
  ]);
});

test("gauges are read at scrape, and a second scraper reads the same", async () => {
  const metrics = create();
  const first = await metrics.expose();
  assert.equal(await metrics.expose(), first);
  for (const line of [
    'sentiment_queue_depth{model_version="a"} 3',
    'sentiment_queue_limit{model_version="a"} 256',
    'model_memory_usage_bytes{model_version="a"} 1000',
    'model_memory_limit_bytes{model_version="a"} 2000',
    'sentiment_worker_ready{model_version="a"} 1',
    "nodejs_eventloop_lag_p99_seconds 0.5",
    "process_cpu_seconds_total 7",
  ]) {
    assert.ok(first.split("\n").includes(line), line);
  }
});

test("every declared metric is exposed under its name with its help", async () => {
  const text = await create().expose();
  for (const { name, help } of Object.values(METRICS))
    assert.ok(text.includes(`# HELP ${name} ${help}\n`), name);
});

test("two workers in one process do not share a registry", async () => {
  const [one, two] = [create(), create()];
  one.failed(500);
  assert.equal(
    (await series(two)).some((line) => /status="500".* 1$/.test(line)),
    false,
  );
});

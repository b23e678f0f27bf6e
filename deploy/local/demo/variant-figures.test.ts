import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExposition } from "../../../worker/evaluation/exposition.ts";
import { countAtGateway, summarizeVariant } from "./variant-figures.ts";

function worker(name: string, positive: number, failed: number, sum: number, memory: number) {
  const count = positive;
  const series = `model_version="${name}"`;
  return parseExposition(`
sentiment_requests_total{${series},status="200",sentiment_label="positive"} ${positive}
sentiment_requests_total{${series},status="200",sentiment_label="negative"} 0
sentiment_requests_total{${series},status="503",sentiment_label="none"} ${failed}
sentiment_inference_seconds_bucket{${series},le="0.01"} ${count}
sentiment_inference_seconds_bucket{${series},le="+Inf"} ${count}
sentiment_inference_seconds_sum{${series}} ${sum}
sentiment_inference_seconds_count{${series}} ${count}
model_memory_usage_bytes{${series}} ${memory}`);
}

test("counters are differences, memory is what it is now", () => {
  const figures = summarizeVariant("a", [
    { before: worker("a", 100, 5, 1, 10), after: worker("a", 120, 7, 1.25, 30) },
  ]);
  assert.deepEqual(figures, {
    requests: 22,
    errors: 2,
    labels: new Map([
      ["positive", 20],
      ["negative", 0],
    ]),
    mean: 0.0125,
    p50: 0.005,
    p99: 0.0099,
    highestBound: 0.01,
    memoryBytes: 30,
  });
});

test("several workers of a variant are added up", () => {
  const before = worker("a", 0, 0, 0, 0);
  const figures = summarizeVariant("a", [
    { before, after: worker("a", 10, 0, 0.1, 30) },
    { before, after: worker("a", 30, 1, 0.5, 40) },
  ]);
  assert.equal(figures?.requests, 41);
  assert.equal(figures?.mean, 0.6 / 40);
  assert.equal(figures?.memoryBytes, 70);
});

test("a worker that was restarted counts from zero", () => {
  const figures = summarizeVariant("a", [
    { before: worker("a", 900, 3, 9, 1), after: worker("a", 12, 1, 0.12, 1) },
  ]);
  assert.equal(figures?.requests, 13);
  assert.ok(Math.abs((figures?.mean ?? 0) - 0.01) < 1e-12);
});

test("a worker with another name than its variant is read all the same", () => {
  const scrapes = { before: worker("v1", 0, 0, 0, 0), after: worker("v1", 4, 0, 0.04, 1) };
  assert.equal(summarizeVariant("a", [scrapes])?.requests, 4);
});

test("a worker without answers has counts of 0 and no times", () => {
  const scrape = worker("a", 7, 0, 1, 1);
  const figures = summarizeVariant("a", [{ before: scrape, after: scrape }]);
  assert.deepEqual([figures?.requests, figures?.mean, figures?.p50, figures?.p99], [0, null, null, null]);
});

test("workers that could not be scraped, or export something else, give no figures", () => {
  assert.equal(summarizeVariant("a", [{ before: null, after: worker("a", 1, 0, 1, 1) }]), null);
  const foreign = parseExposition("up 1");
  assert.equal(summarizeVariant("a", [{ before: foreign, after: foreign }]), null);
});

test("the gateway counts requests, and as errors the answers of 500 and above, by variant", () => {
  const before = parseExposition('ab_requests_total{model_version="a",status="502"} 3');
  const after = parseExposition(`
ab_requests_total{model_version="a",status="502"} 5
ab_requests_total{model_version="a",status="200"} 50
ab_requests_total{model_version="b",status="404"} 2`);
  assert.deepEqual(
    countAtGateway(before, after),
    new Map([
      ["a", { requests: 52, errors: 2 }],
      ["b", { requests: 2, errors: 0 }],
    ]),
  );
});

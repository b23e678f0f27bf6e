import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column } from "./comparison.ts";
import { type Demo, renderReport } from "./report.ts";
import type { VariantFigures } from "./variant-figures.ts";

const PLAIN = { strong: (text: string) => text, warn: (text: string) => text };

const figures = (mean: number, labels: [string, number][]): VariantFigures => ({
  requests: 750,
  errors: 0,
  labels: new Map(labels),
  mean,
  p50: mean,
  p99: 5,
  highestBound: 5,
  memoryBytes: 2e8,
});

const column = (name: string, mean: number, labels: [string, number][], weight = 50): Column => ({
  name,
  weight,
  figures: figures(mean, labels),
  gateway: { requests: 750, errors: 0 },
});

const demo: Demo = {
  experiment: "e",
  url: "http://127.0.0.1:8080",
  traffic: { answered: 1500, unlabelled: 0, failures: new Map(), users: 300, strangers: 0, seconds: 12 },
  columns: [
    column("slow-one", 0.0242, [
      ["positive", 250],
      ["negative", 250],
      ["neutral", 250],
    ]),
    column("quick-one", 0.01, [
      ["positive", 750],
      ["negative", 0],
    ]),
  ],
  unread: [],
  shared: [],
};

test("the slower variant is named by the data, with both means", () => {
  assert.match(
    renderReport(demo, PLAIN),
    /^slow-one is 142 % slower than quick-one \(mean 24\.2 ms against 10\.0 ms\)\.$/m,
  );
});

test("a label a model lacks is a dash, one it never gave is 0, a P99 beyond the buckets is a lower bound", () => {
  const report = renderReport(demo, PLAIN);
  assert.match(report, /^label neutral +250 \( 33\.3 %\) +–$|^label neutral +250 +\(33\.3 %\) +–$/m);
  assert.match(report, /^label negative .* 0 +\(0\.0 %\)$/m);
  assert.match(report, /^P99 inference +≥ 5\.00 s +≥ 5\.00 s$/m);
});

test("services that are not ours have requests and shares from the gateway, and a line on what is missing", () => {
  const foreign = (name: string, requests: number): Column => ({
    ...column(name, 1, []),
    figures: null,
    gateway: { requests, errors: 2 },
  });
  const traffic = { ...demo.traffic, unlabelled: 1500 };
  const report = renderReport({ ...demo, traffic, columns: [foreign("a", 1050), foreign("b", 450)] }, PLAIN);
  assert.match(report, /^requests +1,?050 +450$/m);
  assert.match(report, /^share +70\.0 % +30\.0 %$/m);
  assert.match(report, /^mean inference +– +–$/m);
  assert.match(
    report,
    /^1,?500 answers had no label: labels and inference times need blindsplit workers\.$/m,
  );
  assert.doesNotMatch(report, /belong to the same gateway/);
});

test("two variants or nine, every line fits into 80 columns", () => {
  const many = Array.from({ length: 9 }, (_, index) =>
    column(`variant-${index}-${"x".repeat(55)}`, 0.01 * (index + 1), [["neutral", 750]], 11),
  );
  const failures = new Map([["HTTP 503", 12]]);
  for (const variant of [demo, { ...demo, columns: many }]) {
    const lines = renderReport({ ...variant, traffic: { ...demo.traffic, failures } }, PLAIN).split("\n");
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
  }
});

test("failed requests are named by status", () => {
  const failures = new Map([
    ["HTTP 503", 12],
    ["ECONNRESET", 1],
  ]);
  const report = renderReport({ ...demo, traffic: { ...demo.traffic, failures } }, PLAIN);
  assert.match(report, /Failed requests: 13 \(12 × HTTP 503, 1 × ECONNRESET\)/);
});

test("variants that neither workers nor gateway count show dashes, and nobody's share is invented", () => {
  const [first] = demo.columns;
  assert.ok(first);
  const columns = [first, { ...first, name: "dark", figures: null }].map((one) => ({
    ...one,
    gateway: null,
  }));
  const report = renderReport({ ...demo, columns, unread: ["http://dark:1"] }, PLAIN);
  assert.match(report, /^share +– +–$/m);
  assert.match(report, /No metrics from http:\/\/dark:1/);
});

test("more predictions than answers are other people's, fewer mean another gateway", () => {
  assert.match(
    renderReport({ ...demo, traffic: { ...demo.traffic, answered: 1400 } }, PLAIN),
    /answered 100 requests of others/,
  );
  assert.match(
    renderReport({ ...demo, traffic: { ...demo.traffic, answered: 1600 } }, PLAIN),
    /belong to the same gateway\?/,
  );
  assert.match(renderReport({ ...demo, shared: ["a", "b"] }, PLAIN), /a and b share a worker/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Judgement, score } from "./confusion.ts";
import type { Evaluation } from "./evaluation.ts";
import { renderReport } from "./report.ts";

const PLAIN = { strong: (text: string) => text, warn: (text: string) => text };
const THREE = ["negative", "neutral", "positive"];

function judge(actual: string, predicted: string, count: number): Judgement[] {
  return Array(count).fill({ actual, predicted });
}

const known = [
  ...judge("negative", "negative", 5),
  ...judge("negative", "positive", 1),
  ...judge("positive", "positive", 4),
];
const all = [...known, ...judge("neutral", "negative", 10)];

const twoLabels: Evaluation = {
  data: { file: "tweets.tsv", texts: 20, labels: { negative: 6, neutral: 10, positive: 4 } },
  worker: {
    kind: "worker",
    url: "http://127.0.0.1:8101",
    model: "mini",
    revision: "r1",
    sha256: null,
    task: "text-classification",
    labels: ["negative", "positive"],
  },
  answered: 20,
  failed: 0,
  failures: {},
  retries: 0,
  concurrency: 1,
  missingLabels: ["neutral"],
  scores: { all: score(all, THREE), knownLabels: score(known, ["negative", "positive"]) },
  regression: null,
  roundTrip: { count: 20, mean: 0.0031, p50: 0.003, p99: 0.0045, max: 0.0045 },
  inference: { count: 20, mean: 0.0021 },
};

test("the report says what a two-label model cannot do and names both sets of figures", () => {
  const report = renderReport(twoLabels, PLAIN);
  assert.match(report, /This model can never say "neutral": it has 2 labels, the data 3\./);
  assert.match(report, /10 of 20 texts \(50\.0 %\) cannot be right, whatever it answers\./);
  assert.match(report, /All texts \(20, recall of neutral being 0\)\n {2}accuracy {6}45\.0 %/);
  assert.match(report, /Only texts whose label the model knows \(10\)\n {2}accuracy {6}90\.0 %/);
});

test("figures that may be of several models say so in the head, those of a worker do not", () => {
  const head = (kind: "worker" | "gateway" | "unknown") =>
    renderReport({ ...twoLabels, worker: { ...twoLabels.worker, kind } }, PLAIN).split("\n\n")[0] ?? "";
  assert.match(
    head("gateway"),
    /^This is a gateway, not a single worker: the figures mix whatever answers\.$/m,
  );
  assert.match(head("unknown"), /^Not known to be a single worker: the figures mix whatever answers\.$/m);
  assert.doesNotMatch(head("worker"), /mix/);
});

test("every line fits into 80 columns", () => {
  const lines = renderReport({ ...twoLabels, retries: 3, concurrency: 8 }, PLAIN).split("\n");
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
});

test("the confusion matrix has a row per label of the data and a column per prediction", () => {
  const report = renderReport(twoLabels, PLAIN);
  assert.match(report, / {2}negative +5 +0 +1\n {2}neutral +10 +0 +0\n {2}positive +0 +0 +4\n/);
});

test("both clocks are named, and the kind of percentile", () => {
  const report = renderReport(twoLabels, PLAIN);
  assert.match(report, /mean round trip {2}3\.10 ms\n {2}mean inference {3}2\.10 ms/);
  assert.match(report, /nearest-rank/);
});

test("failures stand above the figures and a label that never came is mentioned", () => {
  const scores = {
    all: score(
      known.filter((entry) => entry.predicted === "negative").concat(judge("positive", "negative", 1)),
      ["negative", "positive"],
    ),
    knownLabels: null,
  };
  const report = renderReport(
    { ...twoLabels, missingLabels: [], answered: 6, failed: 14, failures: { "HTTP 500": 14 }, scores },
    PLAIN,
  );
  assert.match(
    report,
    /14 of 20 texts got no prediction: 14 × HTTP 500\.\nEvery figure below is about the other 6\./,
  );
  assert.match(report, /The model never answered "positive", which 1 texts are\./);
  assert.ok(!report.includes("can never say"));
});

test("a regression has errors in place of labels", () => {
  const regression = { texts: 20, mae: 0.5, rmse: 0.75, r2: 0.25, meanActual: 3.1, meanPredicted: 3 };
  const worker = { ...twoLabels.worker, task: "text-regression", labels: [] } as const;
  const report = renderReport({ ...twoLabels, worker, missingLabels: [], scores: null, regression }, PLAIN);
  assert.match(report, /^Answers {2}one number for each text$/m);
  assert.match(
    report,
    /^All texts \(20\)\n {2}mean absolute error {5}0\.500\n {2}root mean square error {2}0\.750\n/m,
  );
  assert.match(report, /^ {2}R² +0\.250 /m);
  assert.doesNotMatch(report, /accuracy|Confusion|Labels/);
  assert.deepEqual(
    report.split("\n").filter((line) => line.length > 80),
    [],
  );
});

test("nothing answered, nothing scored", () => {
  const scores = { all: score([], THREE), knownLabels: null };
  const report = renderReport(
    {
      ...twoLabels,
      answered: 0,
      failed: 20,
      failures: { timeout: 20 },
      roundTrip: null,
      inference: null,
      scores,
    },
    PLAIN,
  );
  assert.match(report, /There is nothing to score\./);
  assert.ok(!report.includes("accuracy"));
});

test("a worker that was not alone says so", () => {
  const report = renderReport({ ...twoLabels, inference: { count: 25, mean: 0.002 } }, PLAIN);
  assert.match(report, /also ran 5 other texts meanwhile/);
});

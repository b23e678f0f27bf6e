import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { baselineSchema } from "../src/metrics/baseline.ts";
import type { Metrics } from "../src/metrics/record.ts";
import { testMetrics } from "../src/testing/test-metrics.ts";
import { measureBaseline, saveBaseline } from "./baseline.ts";
import { increase, parseExposition } from "./exposition.ts";

const SHA256 = "a".repeat(64);

function predict(metrics: Metrics, label: string | undefined, score: number, characters: number): void {
  metrics.encoded({ tokens: 5, unknownTokens: 1, isTruncated: false, tokenizeSeconds: 0 });
  metrics.computed({ inferenceSeconds: 0.1, queueSeconds: 0, score });
  metrics.input({ characters, nonAsciiCharacters: characters / 5 });
  metrics.answered([{ label }]);
}

/** What is counted by `act`, and only that. */
async function during(metrics: Metrics, act: () => void) {
  const before = parseExposition(await metrics.expose());
  act();
  return increase(before, parseExposition(await metrics.expose()));
}

async function dataFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "baseline-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "data.tsv"), "positive\tgood\n");
  return join(folder, "data.tsv");
}

test("a baseline is what the worker's metrics say of this evaluation alone", async (t) => {
  const labels = ["negative", "positive"];
  const metrics = testMetrics({ labels });
  predict(metrics, "negative", 0.55, 5000);
  const traffic = await during(metrics, () => {
    for (const score of [0.95, 0.85, 0.95]) predict(metrics, "positive", score, 20);
    predict(metrics, "negative", 0.6, 40);
  });
  const worker = { sha256: SHA256, task: "text-classification", labels } as const;
  const baseline = await measureBaseline({ file: await dataFile(t), answered: 4, worker, traffic });
  assert.deepEqual(baselineSchema.parse(baseline), baseline);
  assert.deepEqual(baseline.labels, { negative: 0.25, positive: 0.75 });
  assert.deepEqual(
    baseline.scores.map(({ ratio }) => ratio),
    [0, 0, 0, 0, 0, 0.25, 0.25, 0.25, 0.5, 1],
  );
  assert.deepEqual(
    baseline.input_characters.slice(0, 4).map(({ le, ratio }) => [le, ratio]),
    [
      [10, 0],
      [25, 0.75],
      [50, 1],
      [100, 1],
    ],
  );
  assert.deepEqual([baseline.samples, baseline.unknown_tokens, baseline.non_ascii_characters], [4, 0.2, 0.2]);
  assert.equal(baseline.graph_sha256, SHA256);
  assert.deepEqual(baseline.data, {
    file: "data.tsv",
    sha256: createHash("sha256").update("positive\tgood\n").digest("hex"),
  });
});

test("of a regression the numbers are taken, and there are no labels", async (t) => {
  const metrics = testMetrics({ task: "text-regression", labels: [] });
  const traffic = await during(metrics, () => predict(metrics, undefined, 4.3, 20));
  const worker = { sha256: SHA256, task: "text-regression", labels: [] } as const;
  const baseline = await measureBaseline({ file: await dataFile(t), answered: 1, worker, traffic });
  assert.deepEqual(baseline.labels, {});
  const step = baseline.scores.findIndex(({ ratio }) => ratio === 1);
  assert.equal(baseline.scores[step]?.le, 4.5);
});

test("a worker that others use, that answers from a cache or that does not describe itself gives no baseline", async (t) => {
  const file = await dataFile(t);
  const labels = ["negative", "positive"];
  const metrics = testMetrics({ labels });
  const worker = { sha256: SHA256, task: "text-classification", labels } as const;
  const traffic = await during(metrics, () => {
    for (let text = 0; text < 3; text += 1) predict(metrics, "positive", 0.9, 20);
  });
  const others = measureBaseline({ file, answered: 2, worker, traffic });
  await assert.rejects(others, /counted 3 predictions where this evaluation made 2/);
  const cached = measureBaseline({ file, answered: 4, worker, traffic });
  await assert.rejects(cached, /computed 3 of 4 answers; switch its answer_cache off/);
  const foreign = measureBaseline({ file, answered: 3, worker: { ...worker, sha256: null }, traffic });
  await assert.rejects(foreign, { code: "baseline_impossible" });
  const none = measureBaseline({ file, answered: 0, worker, traffic });
  await assert.rejects(none, /no text got a prediction/);
});

test("a file that cannot be written is named with the flag", async () => {
  await assert.rejects(saveBaseline("/nowhere/x.json", {} as never), {
    code: "baseline_unwritable",
    message: /cannot write \/nowhere\/x\.json \(ENOENT\).*--baseline/,
  });
});

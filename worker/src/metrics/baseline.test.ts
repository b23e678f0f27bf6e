import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sampleBaseline } from "../testing/sample-baseline.ts";
import { BASELINE_FILE, readBaseline } from "./baseline.ts";

const LABELS = ["negative", "positive"];
const good = sampleBaseline({ labels: { negative: 0.5, positive: 0.5 } });

/** Reads what a model directory with this file gives. */
async function read(
  t: TestContext,
  content: unknown,
  changes: { labels?: string[]; task?: "text-regression" } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), "blindsplit-baseline-"));
  t.after(() => rm(directory, { recursive: true }));
  if (content !== undefined) {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await writeFile(join(directory, BASELINE_FILE), text);
  }
  const { labels = LABELS, task = "text-classification" as const } = changes;
  const warnings: string[] = [];
  const model = { directory, task, labels: { canonical: labels, raw: labels } };
  const warn = (facts: { flaw: string }) => warnings.push(facts.flaw);
  return { baseline: await readBaseline(model, good.graph_sha256, { warn } as never), warnings };
}

test("a model without a baseline has none, and that is no warning", async (t) => {
  assert.deepEqual(await read(t, undefined), { baseline: undefined, warnings: [] });
});

test("a baseline of the loaded graph is read", async (t) => {
  assert.deepEqual(await read(t, good), { baseline: good, warnings: [] });
});

const unusable: [string, unknown, RegExp, Parameters<typeof read>[2]?][] = [
  ["of another graph", { ...good, graph_sha256: "0".repeat(64) }, /measured with the graph 0{64}, loaded is/],
  ["of other labels", good, /negative, positive, served are bad, good/, { labels: ["bad", "good"] }],
  [
    "of another task",
    { ...good, labels: {} },
    /the buckets of scores/,
    { labels: [], task: "text-regression" },
  ],
  ["of other buckets", { ...good, input_characters: good.scores }, /the buckets of input_characters/],
  ["that is no JSON", "{", /JSON/],
  ["that lacks a figure", { ...good, samples: undefined }, /samples/],
  ["with a share above 1", { ...good, labels: { negative: 0.5, positive: 1.5 } }, /labels/],
];
for (const [name, content, flaw, changes] of unusable)
  test(`a baseline ${name} is left out with a warning`, async (t) => {
    const { baseline, warnings } = await read(t, content, changes);
    assert.equal(baseline, undefined);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", flaw);
  });

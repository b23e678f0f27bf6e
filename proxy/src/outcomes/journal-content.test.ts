import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { Registry } from "prom-client";
import { createOutcomeMetrics } from "../metrics/outcome-metrics.ts";
import { lineOfForgotten, lineOfOutcome, linesOfSnapshot, restoreLine } from "./journal-content.ts";
import type { Outcome } from "./outcome.ts";
import { RecentIds } from "./recent-ids.ts";
import { Tally } from "./tally.ts";

const outcomes = fc.record(
  {
    experiment: fc.constantFrom("test", "another"),
    phase: fc.nat(2),
    stratum: fc.constantFrom("50/50", "90/10"),
    variant: fc.constantFrom("a", "b"),
    analysisBucket: fc.nat(99),
    name: fc.constantFrom("converted", "revenue"),
    amount: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
    labels: fc.option(fc.constant({ truth: "positive", predicted: "other" }), { nil: undefined }),
    ratingError: fc.option(fc.double({ min: -10, max: 10, noNaN: true }), { nil: undefined }),
    delaySeconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
  },
  { noNullPrototype: true },
);

function createProcess(keeps: (experiment: string, phase: string, at: number) => boolean = () => true) {
  const registry = new Registry();
  const metrics = createOutcomeMetrics(registry);
  const [tally, ids] = [new Tally(metrics), new RecentIds(1000)];
  return {
    ...{ tally, ids, metrics },
    /** As lines on disk are: text. */
    restore(lines: Iterable<unknown>) {
      for (const line of lines)
        restoreLine(JSON.parse(JSON.stringify(line)) as unknown, { tally, ids, keeps });
    },
    exposition: async () => (await registry.metrics()).split("\n").toSorted().join("\n"),
  };
}

type Process = ReturnType<typeof createProcess>;

function countAll({ tally, ids }: Process, list: readonly Outcome[]): unknown[] {
  return list.map((outcome, index) => {
    const key = { digest: hash("sha256", String(index), "buffer"), value: index, expiresAt: 0 };
    tally.count(outcome, index);
    ids.add(key);
    return lineOfOutcome(index, key, outcome);
  });
}

test("whatever was counted, its lines and its snapshot restore the very same counters and ids", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(outcomes, { maxLength: 60 }), fc.nat(60), async (list, cut) => {
      const first = createProcess();
      const lines = countAll(first, list);
      const byLines = createProcess();
      byLines.restore(lines);
      const bySnapshot = createProcess();
      bySnapshot.restore(linesOfSnapshot(first.tally, first.ids));
      // As after a rewriting: a snapshot, and what came then.
      const half = createProcess();
      countAll(half, list.slice(0, cut));
      const byBoth = createProcess();
      byBoth.restore([...linesOfSnapshot(half.tally, half.ids), ...lines.slice(cut)]);
      for (const process of [byLines, bySnapshot, byBoth]) {
        assert.equal(await process.exposition(), await first.exposition());
        assert.equal(process.ids.size, list.length);
        assert.equal(
          process.ids.find({ digest: hash("sha256", "0", "buffer") }),
          list.length === 0 ? undefined : 0,
        );
      }
    }),
    { seed: 5, numRuns: 60 },
  );
});

const OUTCOME: Outcome = {
  ...{ experiment: "test", phase: 1, stratum: "50/50", variant: "a", analysisBucket: 7, name: "converted" },
  ...{ amount: undefined, labels: undefined, ratingError: undefined, delaySeconds: 1 },
};

test("a line that stands there twice counts once", () => {
  const process = createProcess();
  const [line] = countAll(createProcess(), [OUTCOME]);
  process.restore([line, line]);
  assert.deepEqual(
    process.metrics.outcomes.samples().map(({ value }) => value),
    [1],
  );
});

test("phases whose last outcome is of no use any more do not come back", () => {
  const first = createProcess();
  const lines = countAll(first, [OUTCOME, { ...OUTCOME, phase: 2 }]);
  for (const content of [lines, [...linesOfSnapshot(first.tally, first.ids)]]) {
    const second = createProcess((_, __, at) => at >= 1);
    second.restore(content);
    assert.deepEqual(
      second.metrics.outcomes.samples().map(({ labels }) => labels.phase),
      ["2"],
    );
    assert.equal(second.ids.size, 2, "its ids are known all the same");
  }
});

test("series that have ended do not come back, so that nobody counts them a second time", () => {
  const lines = countAll(createProcess(), [OUTCOME, { ...OUTCOME, stratum: "90/10" }, OUTCOME]);
  const ended = { experiment: "test", phase: "1", stratum: "50/50" };
  const second = createProcess();
  second.restore([...lines.slice(0, 2), lineOfForgotten(ended), ...lines.slice(2)]);
  const strata = () =>
    second.metrics.bucketOutcomes.samples().map(({ labels, value }) => [labels.stratum, value]);
  assert.deepEqual(strata(), [
    ["90/10", 1],
    ["50/50", 1],
  ]);
  second.restore([lineOfForgotten({ experiment: "test" })]);
  assert.deepEqual(strata(), []);
  assert.deepEqual([...linesOfSnapshot(second.tally, second.ids)][1], [
    "totals",
    { ...second.tally.totals(), phases: [] },
  ]);
});

test("a journal of a later version is not read", () => {
  assert.throws(() => createProcess().restore([["journal", 2]]), /later version/);
});

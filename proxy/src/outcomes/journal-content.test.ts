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

function createProcess() {
  const registry = new Registry();
  const metrics = createOutcomeMetrics(registry);
  const [tally, ids] = [new Tally(metrics), new RecentIds(1000)];
  return {
    ...{ tally, ids, metrics },
    /** As lines on disk are: text. */
    restore(lines: Iterable<unknown>) {
      for (const line of lines) restoreLine(JSON.parse(JSON.stringify(line)) as unknown, { tally, ids });
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

test("a phase comes back whole if its last outcome is of use, and else not at all", () => {
  const first = createProcess();
  const lines = countAll(first, [OUTCOME, { ...OUTCOME, phase: 2 }, OUTCOME, { ...OUTCOME, phase: 2 }]);
  for (const content of [lines, [...linesOfSnapshot(first.tally, first.ids)]]) {
    const second = createProcess();
    second.restore(content);
    // The last of phase 1 came at 2, that of phase 2 at 3; the first of phase 2 is too old by itself.
    const removed = second.tally.removePhases((_, __, at) => at >= 3, "test");
    assert.deepEqual(removed, [{ experiment: "test", phase: "1" }]);
    assert.deepEqual(
      second.metrics.outcomes.samples().map(({ labels, value }) => [labels.phase, value]),
      [["2", 2]],
    );
    assert.equal(second.ids.size, 4, "its ids are known all the same");
    const all = createProcess();
    all.restore(content);
    assert.deepEqual(
      all.tally.removePhases(() => false, "next").at(-1),
      { experiment: "test" },
      "an experiment goes with its last phase",
    );
    assert.deepEqual([...all.metrics.delay.labelSets()], []);
  }
});

test("a snapshot is lines of bounded length, however many series there are", () => {
  const process = createProcess();
  for (let bucket = 0; bucket < 100; bucket++)
    for (let stratum = 0; stratum < 25; stratum++)
      process.tally.count({ ...OUTCOME, analysisBucket: bucket, stratum: `${stratum}/0` }, 1);
  const lines = [...linesOfSnapshot(process.tally, process.ids)].map((line) => JSON.stringify(line).length);
  assert.ok(Math.max(...lines) < 200_000, String(Math.max(...lines)));
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
  assert.deepEqual(
    [...linesOfSnapshot(second.tally, second.ids)].map(([kind]) => kind),
    ["ids"],
  );
});

test("a line of a kind that nobody knows is an error, and not passed over", () => {
  for (const line of [["nonsense", 1], 7, null, ["totals", { name: "none", series: [] }]])
    assert.throws(() => createProcess().restore([line]));
});

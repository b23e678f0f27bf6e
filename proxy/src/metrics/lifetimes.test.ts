import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { parseExperiment } from "../../../test/support/small-experiment.ts";
import { createLog } from "../log.ts";
import { keptMsOf, SeriesLifetimes } from "./lifetimes.ts";
import { createMetrics } from "./metrics.ts";
import { createExperimentRecord, type ExperimentShape } from "./record.ts";

const HOUR = 3_600_000;

function start(t: TestContext, mostStrata?: number) {
  const metrics = createMetrics({ residentBytes: () => 1, cpuSeconds: () => 1 });
  const clock = { now: 1_000 };
  const lifetimes = new SeriesLifetimes(metrics.registry, {
    log: createLog("silent"),
    now: () => clock.now,
    ...(mostStrata === undefined ? {} : { mostStrata }),
  });
  t.after(() => {
    metrics.stop();
    lifetimes.stop();
  });
  /** As a reload does. */
  function run(weights: readonly [number, number], phase = 1, experiment = "one") {
    const shape: ExperimentShape = {
      experiment,
      phase,
      maxInFlight: 1,
      variants: weights.map((weight, index) => ({ name: `v${index}`, weight, control: index === 0 })),
    };
    const record = createExperimentRecord(metrics, shape);
    lifetimes.run({ experiment, phase: String(phase), stratum: record.stratum }, 2 * HOUR);
    return record;
  }
  const strata = () => new Set([...metrics.bucketRequests.labelSets()].map(({ stratum }) => stratum));
  return { metrics, clock, run, strata };
}

test("a stratum that ended stays for its time, counts and all, and then goes", (t) => {
  const { metrics, clock, run, strata } = start(t);
  run([50, 50]).variants[0]?.exposed(7);
  clock.now += HOUR;
  run([90, 10]);
  clock.now += 2 * HOUR - 1;
  run([80, 20]);
  assert.deepEqual(strata(), new Set(["50/50", "80/20", "90/10"]));
  assert.equal(
    metrics.bucketRequests.samples().find(({ labels, value }) => labels.stratum === "50/50" && value === 1)
      ?.labels.bucket,
    "07",
  );
  clock.now += 1;
  run([70, 30]);
  assert.deepEqual(strata(), new Set(["70/30", "80/20", "90/10"]));
  assert.ok([...metrics.assignments.labelSets()].length > 0, "the phase goes on");
});

test("weights that come back go on where they were, and their time begins anew", (t) => {
  const { clock, run, strata } = start(t);
  run([50, 50]).variants[1]?.exposed(3);
  run([90, 10]);
  clock.now += HOUR;
  const again = run([50, 50]);
  clock.now += 3 * HOUR;
  again.variants[1]?.exposed(3);
  run([90, 10]);
  assert.deepEqual(strata(), new Set(["50/50", "90/10"]));
});

test("phases and other experiments go with all that they counted; what belongs to none stays", (t) => {
  const { metrics, clock, run } = start(t);
  run([50, 50], 1, "one");
  run([50, 50], 2, "one");
  run([50, 50], 1, "two");
  const experimentsOf = (family: { labelSets(): Iterable<Readonly<Record<string, string>>> }) =>
    new Set([...family.labelSets()].map(({ experiment, phase }) => `${experiment} ${phase ?? "-"}`));
  assert.deepEqual(experimentsOf(metrics.assignments), new Set(["one 1", "one 2", "two 1"]));
  assert.deepEqual(experimentsOf(metrics.requests), new Set(["one -", "two -"]));
  clock.now += 2 * HOUR;
  run([50, 50], 1, "two");
  assert.deepEqual(experimentsOf(metrics.assignments), new Set(["two 1"]));
  assert.deepEqual(experimentsOf(metrics.requests), new Set(["two -"]));
  assert.ok([...metrics.requestDuration.labelSets()].length > 0);
  assert.equal([...metrics.identity.labelSets()].length, 4);
});

test("what a late outcome brings back has its time too", (t) => {
  const { metrics, clock, run, strata } = start(t);
  run([50, 50], 2);
  const labels = { experiment: "one", phase: "1", stratum: "60/40", model_version: "v0", bucket: "00" };
  metrics.bucketRequests.series(labels);
  run([50, 50], 2);
  clock.now += 2 * HOUR - 1;
  run([50, 50], 2);
  assert.deepEqual(strata(), new Set(["50/50", "60/40"]));
  clock.now += 1;
  run([50, 50], 2);
  assert.deepEqual(strata(), new Set(["50/50"]));
});

test("no stratum of the running phase goes before its time; of too many the youngest are kept", (t) => {
  for (const [mostStrata, kept] of [
    [undefined, 40],
    [20, 21],
  ] as const) {
    const { clock, run, strata } = start(t, mostStrata);
    for (let weight = 1; weight <= 40; weight++) {
      clock.now++;
      run([weight, 100 - weight]);
    }
    assert.equal(strata().size, kept);
    assert.ok(strata().has(`${41 - kept}/${59 + kept}`), [...strata()].join());
    // Of a phase that is over, twenty are enough.
    clock.now++;
    run([50, 50], 2);
    run([50, 50], 2);
    assert.equal(strata().size, 21);
  }
});

test("counts stay as long as an outcome may come, and the generation that was replaced may answer", () => {
  const reload = "reload: { deadline: 1h }";
  assert.equal(keptMsOf(parseExperiment(reload)), 25 * HOUR);
  const outcomes = "outcomes: { secrets: sixteen-characters-and-more, max_age: 2h }";
  assert.equal(keptMsOf(parseExperiment(`${outcomes}\n${reload}`)), 3 * HOUR);
});

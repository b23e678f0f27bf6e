import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ERRORS, EXPOSURES, outcomeCell } from "./cell.ts";
import { Ledger } from "./ledger.ts";
import type { Sample } from "./reading.ts";
import { readingOf, STEP_MS, TestCounters, testPlan } from "./test-counters.ts";

function countOf(ledger: Ledger, variant: number, cell: string, stratum = "50/50"): number {
  const counts = ledger.evidence.account.counts.find(stratum, variant, cell);
  return counts?.reduce((sum, count) => sum + count, 0) ?? 0;
}

test("what a gateway had counted when the judge began belongs to the phase", () => {
  const counters = new TestCounters();
  counters.expose("a", 7, 5, 1);
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(3, counters.samples()));
  assert.equal(countOf(ledger, 0, EXPOSURES), 5);
  assert.equal(ledger.evidence.since, 2 * STEP_MS);
  counters.expose("a", 7, 2);
  ledger.take(readingOf(4, counters.samples()));
  assert.equal(countOf(ledger, 0, EXPOSURES), 7);
  assert.equal(countOf(ledger, 0, ERRORS), 1);
});

test("a gateway that begins anew loses nothing of what was read before", () => {
  const counters = new TestCounters();
  counters.expose("a", 7, 5);
  counters.expose("b", 8, 4);
  const ledger = new Ledger(testPlan());
  assert.equal(ledger.take(readingOf(1, counters.samples())), false);
  counters.restart();
  // One counter is above its old value already: that the others fell tells that this one began at 0 too.
  counters.expose("a", 7, 9);
  counters.expose("b", 8, 3);
  assert.equal(ledger.take(readingOf(2, counters.samples())), true);
  assert.equal(countOf(ledger, 0, EXPOSURES), 14);
  assert.equal(countOf(ledger, 1, EXPOSURES), 7);
});

test("outcomes that a journal replayed are not counted again when everything else begins at 0", () => {
  const counters = new TestCounters();
  counters.expose("a", 7, 5);
  counters.outcome("a", 7, "converted", 3);
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(1, counters.samples()));
  counters.restart();
  counters.outcome("a", 7, "converted", 3);
  counters.expose("a", 7, 1);
  counters.outcome("a", 7, "converted", 1);
  ledger.take(readingOf(2, counters.samples()));
  assert.equal(countOf(ledger, 0, outcomeCell("converted")), 4);
  assert.equal(countOf(ledger, 0, EXPOSURES), 6);
});

test("a process that could not be read keeps its values, and nothing is missing once it is read again", () => {
  const counters = new TestCounters();
  counters.expose("a", 7, 5);
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(1, counters.samples()));
  ledger.take(readingOf(2, undefined));
  ledger.take(readingOf(3, undefined));
  assert.deepEqual(ledger.evidence.missing, { steps: 2, of: 3 });
  counters.expose("a", 7, 4);
  ledger.take(readingOf(4, counters.samples()));
  assert.equal(countOf(ledger, 0, EXPOSURES), 9);
  assert.deepEqual(ledger.evidence.missing, { steps: 0, of: 4 });
});

test("steps are missing for good where a process began anew while it could not be read", () => {
  const counters = new TestCounters();
  counters.expose("a", 7, 5);
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(1, counters.samples()));
  ledger.take(readingOf(2, undefined));
  counters.restart();
  counters.expose("a", 7, 1);
  ledger.take(readingOf(4, counters.samples()));
  assert.equal(countOf(ledger, 0, EXPOSURES), 6);
  assert.deepEqual(ledger.evidence.missing, { steps: 2, of: 4 });
});

test("a judge that slept loses nothing while the gateways went on", () => {
  const counters = new TestCounters();
  counters.expose("a", 7, 5);
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(1, counters.samples()));
  counters.expose("a", 7, 50);
  ledger.take(readingOf(500, counters.samples()));
  assert.equal(countOf(ledger, 0, EXPOSURES), 55);
  assert.deepEqual(ledger.evidence.missing, { steps: 0, of: 500 });
});

test("a gateway that left and comes back is not counted twice, and a new one counts from 0", () => {
  const counters = new TestCounters();
  counters.expose("a", 7, 5);
  const old = counters.samples();
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(1, old));
  const other = new TestCounters();
  other.expose("a", 7, 2);
  const pod = (samples: readonly Sample[]) => ({ process: "pod", tier: "gateway" as const, samples });
  ledger.take({ at: 2 * STEP_MS, processes: [pod(other.samples())] });
  assert.equal(countOf(ledger, 0, EXPOSURES), 7);
  ledger.take(readingOf(3, old, [pod(other.samples())]));
  assert.equal(countOf(ledger, 0, EXPOSURES), 7);
});

test("a series that is gone while its process was read begins again at 0", () => {
  const counters = new TestCounters();
  counters.outcome("a", 7, "converted", 3);
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(1, counters.samples()));
  ledger.take(readingOf(2, []));
  ledger.take(readingOf(3, counters.samples()));
  assert.equal(countOf(ledger, 0, outcomeCell("converted")), 6);
});

test("only the running experiment, phase, variants, outcomes and labels are kept", () => {
  const counters = new TestCounters();
  for (const labels of [
    { experiment: "other", phase: "2", stratum: "50/50" },
    { experiment: "e", phase: "1", stratum: "50/50" },
  ]) {
    counters.labels = labels;
    counters.expose("a", 7, 5);
  }
  counters.labels = { experiment: "e", phase: "2", stratum: "50/50" };
  counters.expose("zz", 7, 5);
  counters.outcome("a", 7, "revenue");
  counters.truth("a", 7, "surprise", "positive");
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(1, counters.samples()));
  const cells = ledger.evidence.account.counts.strata.get("50/50")?.[0];
  assert.deepEqual(
    [...(cells?.keys() ?? [])].sort((one, other) => (one < other ? -1 : 1)),
    ["expected", "outcome\ttrue_label", "predicted\tpositive"],
  );
});

test("a reading that was taken already changes nothing", () => {
  const counters = new TestCounters();
  counters.expose("a", 7, 5);
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(2, counters.samples()));
  counters.expose("a", 7, 5);
  ledger.take(readingOf(2, counters.samples()));
  assert.equal(countOf(ledger, 0, EXPOSURES), 5);
});

test("contamination, shadow answers, configurations and what workers do are added up", () => {
  const counters = new TestCounters();
  counters.total("ab_contaminated_requests_total", 3, { model_version: "b" });
  const pair = { model_version: "a", shadow_model_version: "b", label: "positive", shadow_label: "negative" };
  counters.total("ab_shadow_predictions_total", 2, pair);
  const info = { name: "ab_config_info", labels: { config_hash: "h1", config_version: "1" }, value: 1 };
  const worker = (predictions: number, cpu: number) => ({
    process: "worker",
    tier: "worker" as const,
    samples: [
      { name: "sentiment_worker_info", labels: { model_version: "b", threads: "2" }, value: 1 },
      { name: "sentiment_requests_total", labels: { model_version: "b", status: "200" }, value: predictions },
      { name: "sentiment_requests_total", labels: { model_version: "b", status: "429" }, value: 99 },
      { name: "process_cpu_seconds_total", labels: {}, value: cpu },
      { name: "model_memory_usage_bytes", labels: { model_version: "b" }, value: 1000 },
    ],
  });
  const ledger = new Ledger(testPlan());
  ledger.take(readingOf(1, [...counters.samples(), info], [worker(100, 50)]));
  ledger.take(readingOf(2, [...counters.samples(), info], [worker(140, 52)]));
  ledger.take(readingOf(3, [...counters.samples(), info], [worker(10, 1)]));
  const { contaminated, shadow, configHashes, workers } = ledger.evidence;
  assert.equal(contaminated, 3);
  assert.deepEqual(shadow, [
    { primary: "a", shadow: "b", label: "positive", shadowLabel: "negative", count: 2 },
  ]);
  assert.deepEqual(configHashes, ["h1"]);
  const [none, some] = workers;
  assert.equal(none?.replicas, 0);
  assert.equal(some?.replicas, 1);
  // What the worker had done before it was seen is not of the phase; after its restart it begins at 0.
  assert.deepEqual([some?.work.predictions, some?.work.cpuSeconds], [50, 3]);
  assert.equal(some?.residentBytes, 1000);
  assert.deepEqual([...(some?.settings.get("threads") ?? [])], ["2"]);
});

test("a ledger goes on from its state as if it had never stopped", () => {
  const world = fc.array(
    fc.record({
      exposures: fc.array(
        fc.tuple(fc.constantFrom("a", "b"), fc.nat(99), fc.integer({ min: 1, max: 9 }), fc.boolean()),
        { maxLength: 6 },
      ),
      restarts: fc.boolean(),
      isRead: fc.boolean(),
      stratum: fc.constantFrom("50/50", "90/10"),
    }),
    { minLength: 2, maxLength: 12 },
  );
  fc.assert(
    fc.property(world, fc.nat(), (steps, cut) => {
      const counters = new TestCounters();
      const whole = new Ledger(testPlan());
      let broken = new Ledger(testPlan());
      for (const [index, { exposures, restarts, isRead, stratum }] of steps.entries()) {
        if (restarts) counters.restart();
        counters.labels = { experiment: "e", phase: "2", stratum };
        for (const [variant, bucket, count, hasFailed] of exposures)
          counters.expose(variant, bucket, count, hasFailed ? 1 : 0);
        const reading = readingOf(index + 1, isRead ? counters.samples() : undefined);
        whole.take(reading);
        broken.take(reading);
        if (index !== cut % steps.length) continue;
        const restored = Ledger.fromJSON(testPlan(), JSON.parse(JSON.stringify(broken)));
        assert.ok(restored);
        broken = restored;
      }
      assert.deepEqual(JSON.parse(JSON.stringify(broken)), JSON.parse(JSON.stringify(whole)));
    }),
    { numRuns: 60 },
  );
});

test("a state of another plan, or none at all, is refused", () => {
  const state = JSON.parse(JSON.stringify(new Ledger(testPlan())));
  assert.ok(Ledger.fromJSON(testPlan(), state));
  assert.equal(Ledger.fromJSON(testPlan({}, { phase: 3 }), state), undefined);
  assert.equal(Ledger.fromJSON(testPlan({}, { stepMs: 1 }), state), undefined);
  assert.equal(Ledger.fromJSON(testPlan({ neutral: "drop" }), state), undefined);
  assert.equal(Ledger.fromJSON(testPlan(), { ...state, version: 99 }), undefined);
  assert.equal(Ledger.fromJSON(testPlan(), undefined), undefined);
});

test("the epoch holds what came since it began, and the whole holds everything", () => {
  const plan = testPlan({ horizonMs: 90 * STEP_MS });
  const counters = new TestCounters();
  const ledger = new Ledger(plan);
  for (let step = 1; step <= 7; step++) {
    counters.expose("a", 7, 1);
    ledger.take(readingOf(step, counters.samples()));
  }
  const { account, epoch } = ledger.evidence;
  assert.equal(account.counts.find("50/50", 0, EXPOSURES)?.[7], 7);
  // A thirtieth of the horizon is three steps.
  assert.equal(epoch.number, 2);
  assert.equal(epoch.account.counts.find("50/50", 0, EXPOSURES)?.[7], 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "./ledger.ts";
import { readingOf, TestCounters, testPlan } from "./test-counters.ts";

test("a state of full cardinality stays small", () => {
  const counters = new TestCounters();
  for (const stratum of ["50/50", "90/10"]) {
    counters.labels = { experiment: "e", phase: "2", stratum };
    for (let bucket = 0; bucket < 100; bucket++)
      for (const variant of ["a", "b"]) {
        counters.expose(variant, bucket, 1000 + bucket, 10);
        counters.truth(variant, bucket, "positive", "negative", 100);
        counters.truth(variant, bucket, "neutral", "neutral", 100);
        counters.outcome(variant, bucket, "converted", 17);
      }
  }
  const samples = counters.samples();
  assert.ok(samples.length >= 4000, `${samples.length} series`);
  const ledger = new Ledger(testPlan());
  for (let step = 1; step <= 20; step++) ledger.take(readingOf(step, samples));
  const bytes = JSON.stringify(ledger).length;
  assert.ok(bytes < 400_000, `${bytes} bytes`);
});

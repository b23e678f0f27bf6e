import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clusteredVariance, ratioScores } from "./clustered-variance.ts";
import { jackknife, type Table } from "./jackknife.ts";

const seed = 20_260_101;
const mean = ([[sum = 0, count = 0] = []]: Table) => (count > 0 ? sum / count : null);

test("of a plain mean of equal clusters the jackknife's variance is the usual one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 }),
      (values) => {
        const tables = values.map((value) => [[value, 1]]);
        const found = jackknife(tables, mean);
        assert.ok(found !== null);
        const average = values.reduce((sum, value) => sum + value, 0) / values.length;
        const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
        const usual = squares / (values.length - 1) / values.length;
        assert.ok(Math.abs(found.variance - usual) <= 1e-9 * (1 + usual));
        assert.ok(Math.abs(clusteredVariance(found.scores) - found.variance) <= 1e-12 * (1 + usual));
      },
    ),
    { seed },
  );
});

test("of a ratio it is near the linearised variance", () => {
  const denominators = Array.from({ length: 100 }, (_, bucket) => 50 + ((bucket * 37) % 41));
  const numerators = denominators.map((count, bucket) =>
    Math.round(count * (0.1 + ((bucket * 13) % 7) / 100)),
  );
  const found = jackknife(
    numerators.map((numerator, bucket) => [[numerator, denominators[bucket] ?? 0]]),
    mean,
  );
  const linear = clusteredVariance(ratioScores(numerators, denominators));
  assert.ok(Math.abs((found?.variance ?? 0) / linear - 1) < 0.03);
});

test("clusters without anything cost nothing and change nothing but their number", () => {
  const tables = [[[3, 10]], [[5, 12]], [[0, 0]], [[4, 9]]];
  const found = jackknife(tables, mean);
  assert.equal(found?.value, 12 / 31);
  assert.equal(found?.scores[2], 0);
});

test("without data, with one cluster, or with all of a class in one, there is no variance", () => {
  assert.equal(jackknife([], mean), null);
  assert.equal(jackknife([[[1, 2]]], mean), null);
  assert.equal(jackknife([[[0, 0]], [[0, 0]]], mean), null);
  assert.equal(jackknife([[[1, 2]], [[0, 0]]], mean), null);
});

test("scores of a ratio sum to 0, and without requests are 0", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), fc.nat(100)), { minLength: 2, maxLength: 100 }), (buckets) => {
      const scores = ratioScores(
        buckets.map(([numerator]) => numerator),
        buckets.map(([, denominator]) => denominator),
      );
      assert.ok(Math.abs(scores.reduce((sum, score) => sum + score, 0)) < 1e-9);
    }),
    { seed },
  );
  assert.deepEqual(ratioScores([0, 0], [0, 0]), [0, 0]);
});

test("fewer than two clusters have no variance", () => {
  assert.ok(Number.isNaN(clusteredVariance([1])));
  assert.ok(Number.isNaN(clusteredVariance([])));
  assert.equal(clusteredVariance([2, 2, 2]), 0);
});

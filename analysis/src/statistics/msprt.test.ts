import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { halfWidth, oneSidedHalfWidth } from "./confidence-sequence.ts";
import { alwaysValidP, logLikelihoodRatio, oneSidedLogLikelihoodRatio } from "./msprt.ts";

const seed = 20_260_101;
const scale = fc.double({ min: 1e-3, max: 1, noNaN: true });
const difference = fc.double({ min: -0.5, max: 0.5, noNaN: true });
const variance = fc.double({ min: 1e-8, max: 0.1, noNaN: true });
const alpha = fc.double({ min: 1e-4, max: 0.4, noNaN: true });

test("the confidence sequence excludes 0 exactly where the test rejects", () => {
  fc.assert(
    fc.property(difference, variance, scale, alpha, (d, v, tau, level) => {
      const excess = logLikelihoodRatio(d, v, tau) - Math.log(1 / level);
      if (Math.abs(excess) > 1e-9) assert.equal(Math.abs(d) > halfWidth(v, tau, level), excess > 0);
    }),
    { seed, numRuns: 1000 },
  );
});

test("at the end of its half-width the ratio is 1/alpha", () => {
  fc.assert(
    fc.property(variance, scale, alpha, (v, tau, level) => {
      const ratio = logLikelihoodRatio(halfWidth(v, tau, level), v, tau);
      assert.ok(Math.abs(ratio - Math.log(1 / level)) < 1e-9);
    }),
    { seed },
  );
});

test("the one-sided bound is conservative: where it excludes 0 the one-sided ratio rejects too", () => {
  fc.assert(
    fc.property(variance, scale, alpha, (v, tau, level) => {
      const bound = oneSidedHalfWidth(v, tau, level);
      const ratio = oneSidedLogLikelihoodRatio(bound, v, tau);
      assert.ok(ratio >= Math.log(1 / level) - 1e-9, `${ratio} at the bound`);
      assert.ok(bound <= halfWidth(v, tau, level) * (1 + 1e-12), "no wider than the two-sided one");
      assert.ok(
        bound >= halfWidth(v, tau, Math.min(1, 2 * level)),
        "no narrower than the two-sided one at twice alpha",
      );
    }),
    { seed, numRuns: 1000 },
  );
});

test("intervals narrow as the variance falls and as alpha rises", () => {
  fc.assert(
    fc.property(variance, scale, alpha, (v, tau, level) => {
      for (const half of [halfWidth, oneSidedHalfWidth]) {
        assert.ok(half(v / 2, tau, level) < half(v, tau, level));
        assert.ok(half(v, tau, level / 2) > half(v, tau, level));
      }
    }),
    { seed },
  );
});

test("the ratio does not know which way the difference goes, and grows with it", () => {
  fc.assert(
    fc.property(difference, variance, scale, (d, v, tau) => {
      assert.equal(logLikelihoodRatio(d, v, tau), logLikelihoodRatio(-d, v, tau));
      assert.ok(logLikelihoodRatio(2 * d, v, tau) >= logLikelihoodRatio(d, v, tau));
      const p = alwaysValidP(logLikelihoodRatio(d, v, tau));
      assert.ok(p >= 0 && p <= 1);
    }),
    { seed },
  );
});

test("the one-sided ratio rejects one side alone", () => {
  assert.ok(oneSidedLogLikelihoodRatio(0.005, 2e-6, 0.01) > Math.log(20));
  assert.ok(oneSidedLogLikelihoodRatio(-0.005, 2e-6, 0.01) < 0);
  // Far on the other side nothing overflows.
  assert.ok(oneSidedLogLikelihoodRatio(-0.5, 2e-6, 0.01) < 0);
});

test("without a variance there is no evidence and no bound", () => {
  for (const nothing of [0, -1, Number.NaN, Infinity]) {
    assert.equal(logLikelihoodRatio(0.1, nothing, 0.01), 0);
    assert.equal(oneSidedLogLikelihoodRatio(0.1, nothing, 0.01), 0);
    assert.equal(halfWidth(nothing, 0.01, 0.05), Infinity);
    assert.equal(oneSidedHalfWidth(nothing, 0.01, 0.05), Infinity);
  }
  assert.equal(logLikelihoodRatio(Number.NaN, 1e-6, 0.01), 0);
});

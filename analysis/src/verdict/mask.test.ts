import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sampleVerdict, type World } from "../../../test/support/verdicts.ts";
import { testPlan } from "../evidence/test-counters.ts";
import { maskVerdict } from "./mask.ts";
import { TestCase } from "./test-case.ts";
import type { Answer, Comparison, Verdict } from "./verdict.ts";

const NAMES = ["distilbert-multilingual", "roberta-large"] as const;
const LETTERS = new Map([
  [NAMES[0], "X"],
  [NAMES[1], "Y"],
]);

const BUNDLED = new Map([
  ["distilbert", "X"],
  ["roberta", "Y"],
]);

const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const count = fc.integer({ min: 1_000, max: 900_000_000 });
const worlds: fc.Arbitrary<Omit<World, "control">> = fc.record({
  answer: fc.constantFrom<Answer>("better", "worse", "no_difference", "not_enough_data", "invalid"),
  names: fc.constant(NAMES),
  expected: fc.oneof(
    fc.tuple(count, count),
    count.map((one) => [one, one] as const),
  ),
  exposures: fc.tuple(count, count),
  values: fc.tuple(share, share),
  halfWidth: fc.double({ min: 1e-5, max: 0.5, noNaN: true }),
  metric: fc.constantFrom("accuracy", "conversion", "revenue", "error_ratio"),
  looks: fc.integer({ min: 0, max: 6 }),
});

/** The same observations, the other one being the control. */
function exchanged(answer: Answer): Answer {
  return answer === "better" ? "worse" : answer === "worse" ? "better" : answer;
}

const text = (verdict: Verdict, letters: ReadonlyMap<string, string> = LETTERS) =>
  JSON.stringify(maskVerdict(verdict, letters));

test("which of two is the control changes no byte of a masked verdict", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      assert.equal(
        text(sampleVerdict({ ...world, control: 1, answer: exchanged(world.answer) })),
        text(sampleVerdict({ ...world, control: 0 })),
      );
    }),
  );
});

test("which model has which name changes no byte of a masked verdict, if its letter goes with it", () => {
  const [one, other] = NAMES;
  const letters = new Map([
    [one, "Y"],
    [other, "X"],
  ]);
  fc.assert(
    fc.property(worlds, fc.constantFrom<0 | 1>(0, 1), (world, control) => {
      const renamed = sampleVerdict({ ...world, control, names: [other, one] });
      assert.equal(text(renamed, letters), text(sampleVerdict({ ...world, control })));
    }),
  );
});

/** What two models did, judged by the real code with either of them as the control. */
function judged(control: "a" | "b", steps: number): Verdict {
  const plan = testPlan(
    { guardrails: [{ metric: "slow_ratio", direction: "decrease", margin: 0.2 }], secondary: ["conversion"] },
    { variants: ["a", "b"].map((name) => ({ name, control: name === control })) },
  );
  const trial = new TestCase(plan);
  for (let step = 0; step < steps; step++) {
    trial.expose(20, { a: (bucket) => 3 + (bucket % 2), b: (bucket) => (bucket + step) % 2 });
    trial.look();
  }
  return trial.look();
}

test("the judgement of the same counts with the other control is the same to the byte, masked, but for the hash", () => {
  const letters = new Map([
    ["a", "X"],
    ["b", "Y"],
  ]);
  for (const [steps, answers] of [
    [3, ["not_enough_data", "not_enough_data"]],
    [14, ["better", "worse"]],
  ] as const) {
    const [one, other] = [judged("a", steps), judged("b", steps)];
    assert.deepEqual([one.answer, other.answer], answers);
    assert.notEqual(one.analysisHash, other.analysisHash);
    assert.equal(text({ ...other, analysisHash: one.analysisHash }, letters), text(one, letters));
  }
});

test("the order in the file changes no byte of a masked verdict", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const verdict = sampleVerdict({ ...world, control: 0 });
      const reversed = {
        ...verdict,
        variants: verdict.variants.toReversed(),
        costs: verdict.costs.toReversed(),
      };
      assert.equal(text(reversed), text(verdict));
    }),
  );
});

test("no name, role, count of one variant, cost or label is in a masked verdict", () => {
  fc.assert(
    fc.property(worlds, fc.constantFrom<0 | 1>(0, 1), (world, control) => {
      const verdict = sampleVerdict({ ...world, control, exposures: [300_017, 700_079] });
      const masked = text(verdict);
      const words = [...NAMES, "control", "treatment", "worse", "neutral", "negative", "positive", "latency"];
      for (const word of [...words, "threads", "bytes", "cpu", "confusion"])
        assert.ok(!masked.includes(word), `${word} is in ${masked}`);
      const telling = verdict.variants.flatMap(({ exposures, errors, slow, outcomes, coverage }) => [
        exposures,
        errors,
        slow,
        ...Object.values(outcomes),
        ...(coverage === null ? [] : [coverage.value, coverage.low, coverage.high]),
      ]);
      for (const number of telling)
        assert.ok(!numbersOf(JSON.parse(masked)).includes(number), `${number} is in ${masked}`);
    }),
  );
});

function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

test("digits that are finer than the interval are gone: they are a fraction of the counts", () => {
  const masked = maskVerdict(sampleVerdict({ halfWidth: 0.0113, values: [0.7312345, 0.7586789] }), BUNDLED);
  const [primary] = masked.comparisons;
  assert.deepEqual(primary?.difference, { value: -0.027, low: -0.039, high: -0.016 });
  assert.deepEqual(primary?.values, { X: 0.731, Y: 0.759 });
});

test("values of the letters are shown where the weights are equal alone", () => {
  const of = (expected: readonly [number, number]) =>
    maskVerdict(sampleVerdict({ expected }), BUNDLED).comparisons.map(({ values }) => values);
  assert.ok(of([5_000, 5_000]).every((values) => values !== null));
  assert.ok(of([5_000, 5_001]).every((values) => values === null));
  assert.ok(of([0, 0]).every((values) => values === null));
});

test("guardrails have no numbers, and the metrics of guardrails and latency are no secondary metrics", () => {
  const masked = maskVerdict(sampleVerdict({ answer: "guardrail_breached" }), BUNDLED);
  assert.deepEqual(
    masked.comparisons.map(({ kind, metric }) => `${kind} ${metric}`),
    ["primary accuracy", "secondary macro_recall"],
  );
  assert.deepEqual(
    masked.guardrails.map(({ metric, state, breached }) => ({ metric, state, breached })),
    [{ metric: "error_ratio", state: "breached", breached: ["Y"] }],
  );
  assert.match(masked.headline, /^Y breached the guardrail on the error ratio\.$/);
  assert.deepEqual(
    masked.stopped.map(({ letter }) => letter),
    ["Y"],
  );
});

test("the headline says which letter is better, whatever it was called", () => {
  for (const [answer, better] of [
    ["better", "Y"],
    ["worse", "X"],
  ] as const) {
    const masked = maskVerdict(sampleVerdict({ answer }), BUNDLED);
    assert.equal(masked.answer, "better");
    assert.equal(masked.better?.letter, better);
    assert.match(masked.headline, new RegExp(`^${better} is better than `));
  }
});

test("a headline or reason of the verdict never gets through", () => {
  const verdict = { ...sampleVerdict(), headline: "secret one", reasons: ["secret two"] };
  assert.doesNotMatch(JSON.stringify(maskVerdict(verdict, BUNDLED)), /secret/);
});

test("a field that the verdict gets later does not get through", () => {
  const tainted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(tainted)
      : typeof value === "object" && value !== null
        ? {
            ...Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, tainted(inner)])),
            newField: 1,
          }
        : value;
  const verdict = tainted(sampleVerdict()) as Verdict;
  assert.doesNotMatch(JSON.stringify(maskVerdict(verdict, BUNDLED)), /newField/);
});

test("of three variants each pair is in the order of its letters, and pairs are in order", () => {
  const verdict = sampleVerdict({ names: ["base", "small"] });
  const [comparison] = verdict.comparisons as [Comparison];
  const more = {
    ...verdict,
    variants: [...verdict.variants, { ...verdict.variants[1], name: "large" }],
    comparisons: [{ ...comparison, treatment: "large" }, comparison],
  } as Verdict;
  const letters = new Map([
    ["base", "Y"],
    ["small", "X"],
    ["large", "Z"],
  ]);
  const { comparisons, letters: shown } = maskVerdict(more, letters);
  assert.deepEqual(shown, ["X", "Y", "Z"]);
  assert.deepEqual(
    comparisons.map(({ pair, metric }) => `${pair} ${metric}`),
    ["X-Y accuracy", "Y-Z accuracy", "X-Y macro_recall", "Y-Z macro_recall"],
  );
  assert.equal(comparisons[0]?.difference?.value, -(comparisons[1]?.difference?.value ?? 0));
});

test("a variant without a letter is refused, and its name is not said", () => {
  assert.throws(
    () => maskVerdict(sampleVerdict(), new Map([["distilbert", "X"]])),
    (error) =>
      error instanceof RangeError && /no letter/.test(error.message) && !/roberta/.test(error.message),
  );
});

test("a guardrail on the primary metric is left out unless it is breached: beside a difference, to hold is to be no treatment", () => {
  const states = (decision: "holds" | "open" | "breached") => {
    const verdict = sampleVerdict({ metric: "error_ratio" });
    const [comparison] = verdict.comparisons as [Comparison];
    const metrics = comparison.metrics.map((one) => (one.kind === "guardrail" ? { ...one, decision } : one));
    return maskVerdict({ ...verdict, comparisons: [{ ...comparison, metrics }] }, BUNDLED).guardrails.map(
      ({ state }) => state,
    );
  };
  assert.deepEqual([states("holds"), states("open"), states("breached")], [[], [], ["breached"]]);
});

/** Two conversions that a caller reports, and who else did. */
function withConversions(first: number, second: number): Verdict {
  const verdict = sampleVerdict({ metric: "conversion", answer: "not_enough_data", looks: 3 });
  const counts = [first, second];
  return {
    ...verdict,
    variants: verdict.variants.map((variant, index) => ({
      ...variant,
      outcomes: { converted: counts[index] ?? 0 },
    })),
  };
}

test("of less than twenty events no letter has a value and no pair a difference, and what is missing is said", () => {
  const masked = (first: number, second: number) => maskVerdict(withConversions(first, second), BUNDLED);
  const few = masked(19, 0);
  const [primary] = few.comparisons;
  assert.equal(primary?.events, 19);
  const { values, difference, logLikelihoodRatio, pValue, history } = primary;
  assert.deepEqual([values, difference, logLikelihoodRatio, pValue, history], [null, null, null, null, []]);
  assert.deepEqual(few.reasons.slice(0, 2), [
    "Conversion, X less Y: 19 conversions, too few for an interval.",
    "Missing: reports (19 conversions; nothing is decided on less than 20).",
  ]);
  assert.equal(JSON.stringify(masked(17, 2)), JSON.stringify(few));
  assert.notEqual(masked(12, 8).comparisons[0]?.difference, null);
});

test("after the horizon late outcomes may still decide, until nothing can", () => {
  const headline = (daysLeft: number | null) => {
    const verdict = sampleVerdict({ answer: "not_enough_data" });
    return maskVerdict({ ...verdict, at: (verdict.endsAt ?? 0) + 1, daysLeft }, BUNDLED).headline;
  };
  assert.match(headline(2.5), /\(the horizon is over, late outcomes may decide: about 3 more days\)/);
  assert.match(headline(null), /\(the horizon is over\)/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import reference from "./fixtures/reference.json" with { type: "json" };
import { computePins, differenceOf } from "./pins.ts";
import { printPins } from "./print-pins.ts";

const pins = computePins();

test("every pinned case is what SciPy, statsmodels, confseq, GrowthBook, scikit-learn or mpmath say", () => {
  for (const pin of pins)
    assert.ok(differenceOf(pin) <= 1e-9, `${pin.case}: ${pin.computed}, ${pin.by} says ${pin.expected}`);
});

test("every published figure is what comes out, to its last digit", () => {
  for (const { case: name, stated, computed } of pins) {
    if (stated === null) continue;
    const [digits = "", exponent = "0"] = stated.split("e");
    const decimals = digits.split(".")[1]?.length ?? 0;
    const half = 0.5 * 10 ** (Number(exponent) - decimals);
    assert.ok(
      Math.abs(computed - Number(stated)) <= half * (1 + 1e-6),
      `${name}: ${computed}, published as ${stated}`,
    );
  }
});

test("no case of the other programs is left out", () => {
  assert.deepEqual(new Set(pins.map((pin) => pin.case)), new Set(Object.keys(reference.pins)));
  assert.equal(pins.length, Object.keys(reference.pins).length);
});

test("the table of pins has a line for each, with its difference, and says the largest", () => {
  const [first, second] = pins;
  assert.ok(first !== undefined && second !== undefined);
  const text = printPins([first, { ...second, computed: second.expected * 1.5 }]);
  const lines = text.split("\n");
  assert.match(lines[0] ?? "", /published +expected +ours +difference +expected by$/);
  assert.match(
    lines[1] ?? "",
    /^SRM 44,000\/45,000: chi2 +11\.235955 +11\.2359550562 +11\.2359550562 +0\.0e\+0 /,
  );
  assert.match(text, /2 cases, the largest difference 5\.0e-1 of the expected value\n$/);
});

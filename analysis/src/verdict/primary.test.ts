import assert from "node:assert/strict";
import { test } from "node:test";
import { decideOn } from "./primary.ts";

const MARGIN = 0.01;
const CASES = [
  [0.02, 0.03, "better", "above the margin"],
  [0.002, 0.03, "better", "above 0, and reaching beyond the margin"],
  [0.002, 0.009, "no_difference", "above 0, but wholly within the margin"],
  [-0.009, 0.009, "no_difference", "around 0, within the margin"],
  [-0.01, 0.01, "no_difference", "just the margin"],
  [-0.02, 0.009, "open", "around 0, beyond the margin"],
  [-0.03, 0.03, "open", "everything is possible"],
  [0, 0.03, "open", "0 is not excluded"],
  [-0.03, -0.002, "worse", "below 0, and reaching beyond the margin"],
] as const;
const MIRRORED = { better: "worse", worse: "better", no_difference: "no_difference", open: "open" } as const;

for (const [low, high, decision, name] of CASES)
  test(`an interval ${name} is ${decision}, and mirrored where less is better`, () => {
    assert.equal(decideOn({ low, high }, "increase", MARGIN), decision);
    assert.equal(decideOn({ low: -high, high: -low }, "increase", MARGIN), MIRRORED[decision]);
    assert.equal(decideOn({ low, high }, "decrease", MARGIN), MIRRORED[decision]);
  });

test("with no margin there is never no difference", () => {
  assert.equal(decideOn({ low: -1e-9, high: 1e-9 }, "increase", 0), "open");
  assert.equal(decideOn({ low: 1e-9, high: 2e-9 }, "increase", 0), "better");
});

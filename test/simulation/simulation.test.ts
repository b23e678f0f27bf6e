import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../../analysis/src/verdict/verdict.ts";
import { createRandom } from "../support/random.ts";
import { planWith } from "./plan.ts";
import { guardrailsOf, primaryOf } from "./study.ts";
import { CALM, live, type World } from "./world.ts";

const STEP_MS = 3_600_000;
/** Small enough for every test run; `npm run simulate` lives through thousands. */
const SMALL: World = { ...CALM, users: 1000, spread: 1, requests: 300 };
const CONVERSION = planWith(
  { metric: "conversion", direction: "increase", margin: 0.01, tau: 0.03, guardrails: [] },
  STEP_MS,
);

async function lastOf(world: World, plan: typeof CONVERSION, seed: number): Promise<Verdict> {
  let last: Verdict | undefined;
  await live(world, [plan], createRandom(seed), (_, __, [verdict]) => {
    last = verdict;
    return false;
  });
  assert.ok(last);
  return last;
}

test("twins with one restart each are never told apart, in a dozen lives", async () => {
  const guardrails = [{ metric: "error_ratio" as const, direction: "decrease" as const, margin: 0 }];
  const plan = planWith({ margin: 0, guardrails }, STEP_MS);
  for (let seed = 1; seed <= 12; seed++) {
    const verdict = await lastOf(SMALL, plan, seed);
    assert.equal(primaryOf(verdict).decision, "open", `seed ${seed}`);
    assert.equal(guardrailsOf(verdict)[0]?.decision, "open", `seed ${seed}`);
    assert.notEqual(verdict.validity.sampleRatio.check, "failed", `seed ${seed}`);
  }
});

test("a treatment that converts far more is found better, and the interval holds by how much", async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const verdict = await lastOf({ ...SMALL, effect: 0.15 }, CONVERSION, seed);
    const { decision, difference } = primaryOf(verdict);
    assert.equal(decision, "better", `seed ${seed}`);
    assert.ok(difference !== null && difference.low < 0.15 && difference.high > 0.15, `seed ${seed}`);
  }
});

test("weights that change while rates drift fool the pooled estimate, and not the verdict", async () => {
  const weights = new Map([
    [0, [90, 10] as const],
    [15, [50, 50] as const],
    [30, [10, 90] as const],
  ]);
  const drifting = { ...SMALL, weights, drift: (look: number) => 0.5 + look / CALM.looks };
  const { difference, pooledDifference, decision } = primaryOf(await lastOf(drifting, CONVERSION, 5));
  assert.equal(decision, "open");
  assert.ok(difference !== null && pooledDifference !== null);
  assert.ok(Math.abs(difference.value) < pooledDifference / 2, `${difference.value}, ${pooledDifference}`);
});

test("a gateway that begins anew, or is read as text, leaves the same verdict", async () => {
  const world = { ...SMALL, looks: 12 };
  const expected = await lastOf(world, CONVERSION, 6);
  assert.deepEqual(await lastOf({ ...world, gatewayRestart: 7 }, CONVERSION, 6), expected);
  assert.deepEqual(await lastOf({ ...world, isText: true }, CONVERSION, 6), expected);
});

test("a tenth of one variant's callers gone before the answer makes the verdict invalid", async () => {
  const world = { ...SMALL, spread: 0.5, visit: 1, impatient: 0.1, looks: 20 };
  for (const leaving of [
    [false, true],
    [true, false],
  ] as const) {
    const verdict = await lastOf({ ...world, leaving }, CONVERSION, 7);
    assert.equal(verdict.answer, "invalid", JSON.stringify(leaving));
  }
  const verdict = await lastOf({ ...world, leaving: [true, true] }, CONVERSION, 7);
  assert.equal(verdict.answer, "not_enough_data");
});

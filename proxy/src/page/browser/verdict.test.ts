import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { VerdictFacts } from "../verdict/verdict-snapshot.ts";
import {
  formatDifference,
  formatSize,
  nameMetric,
  placeInterval,
  sayAnswer,
  sayGuardrail,
  sayHeadline,
  sayLooks,
} from "./verdict.ts";

const AT = Date.UTC(2026, 10, 21, 12, 0, 0);
const STEP_MS = 300_000;
const facts = (change: Partial<VerdictFacts> = {}): VerdictFacts => ({
  answer: "not_enough_data",
  headline: "Not enough data.",
  reasons: [],
  at: AT,
  nextAt: AT + STEP_MS,
  looks: 41,
  daysLeft: 3.2,
  isSplitBroken: false,
  metric: "macro_recall",
  direction: "increase",
  margin: 0.01,
  differences: [],
  guardrails: [],
  stopped: [],
  ...change,
});
const plain = (text: string) => text.replaceAll("\u00a0", " ");

test("the answer is a word, and which of them somebody has to look at", () => {
  for (const [answer, said, isAlarm] of [
    ["invalid", "INVALID", true],
    ["guardrail_breached", "GUARDRAIL BREACHED", true],
    ["better", "BETTER", false],
    ["worse", "WORSE", false],
    ["no_difference", "NO DIFFERENCE beyond the margin", false],
    ["not_enough_data", "NOT ENOUGH DATA", false],
  ] as const)
    assert.deepEqual(sayAnswer(facts({ answer })), { said, isAlarm });
});

test("a broken split is said as such, whatever the judge's sentence is", () => {
  const broken = facts({ answer: "invalid", isSplitBroken: true, headline: "ln L is 12.34" });
  assert.deepEqual(sayAnswer(broken), { said: "INVALID: sample ratio mismatch", isAlarm: true });
  assert.doesNotMatch(sayHeadline(broken), /\d/);
  assert.equal(sayHeadline(facts()), "Not enough data.");
  assert.doesNotMatch(sayLooks(broken, AT).said, /days/);
});

test("differences of shares are percentage points with their sign, others keep their unit", () => {
  const written = [
    ["macro_recall", 0.0123],
    ["macro_recall", -0.0004],
    ["macro_recall", 0],
    ["conversion", 0.25],
    ["revenue", -1.5],
    ["root_mean_squared_error", 0.08125],
  ].map(([metric, value]) => plain(formatDifference(String(metric), Number(value))));
  assert.deepEqual(written, ["+1.23 pp", "−0.04 pp", "0 pp", "+25 pp", "−1.5", "+0.0813"]);
  assert.equal(plain(formatSize("error_ratio", -0.005)), "0.5 pp");
  assert.equal(nameMetric("macro_f1"), "macro F1");
  assert.equal(nameMetric("something_new"), "something new");
});

test("looks: the last, the next, and how long it will take", () => {
  const day = (daysLeft: number | null) => sayLooks(facts({ daysLeft }), AT).said;
  assert.match(
    day(3.2),
    /^41 looks, the last at .+; the next is due at .+\. About 4 more days at this pace\.$/,
  );
  assert.match(day(0.4), /About one more day at this pace, or less\.$/);
  assert.match(day(null), /is not known\.$/);
  assert.doesNotMatch(sayLooks(facts({ answer: "better" }), AT).said, /days/);
  assert.match(sayLooks(facts({ looks: 0 }), AT).said, /^No look yet\./);
  assert.match(sayLooks(facts({ looks: 1 }), AT).said, /^1 look, /);
});

test("a judge is late from three steps on", () => {
  assert.equal(sayLooks(facts(), AT + 3 * STEP_MS).isLate, false);
  const late = sayLooks(facts(), AT + 3 * STEP_MS + 1);
  assert.equal(late.isLate, true);
  assert.match(late.said, /was due at .+ and has not come/);
});

test("guardrails are said in words", () => {
  const say = (state: "breached" | "holds" | "open", breachedBy: string[] = []) =>
    sayGuardrail({ metric: "error_ratio", state, breachedBy });
  assert.deepEqual(say("holds"), { name: "error ratio", state: "ok", word: "holds" });
  assert.deepEqual(say("open"), { name: "error ratio", state: "unknown", word: "not breached so far" });
  assert.deepEqual(say("breached", ["X", "Y"]), {
    name: "error ratio",
    state: "look",
    word: "breached by X and Y",
  });
});

test("an interval lies on its bar in its order, with 0 in the middle", () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(number, number, number, fc.double({ min: 0, max: 1e6, noNaN: true }), (a, b, c, margin) => {
      const [low = 0, value = 0, high = 0] = [a, b, c].sort((one, other) => one - other);
      const places = placeInterval({ value, low, high }, margin);
      assert.ok(0 <= places.low && places.low <= places.value && places.value <= places.high);
      assert.ok(places.high <= 1 && places.margin >= 0.5 && places.margin <= 1);
      assert.ok(places.end > 0);
      if (value > 0) assert.ok(places.value >= 0.5);
      if (value < 0) assert.ok(places.value <= 0.5);
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleFiles } from "../../prometheus/src/files.ts";
import { FAULTS } from "./faults.ts";
import { HEARTBEAT, type Trial } from "./trial.ts";
import { findingsOf } from "./verdict.ts";

const alerts = new Set(
  ruleFiles({ timeScale: 1 }).flatMap(({ groups }) =>
    groups.flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule.alert] : []))),
  ),
);

test("every fault awaits and allows alerts that exist, by names of their own", () => {
  for (const { name, alert, allowed } of FAULTS)
    for (const awaited of [...(alert === undefined ? [] : [alert]), ...allowed])
      assert.ok(alerts.has(awaited), `${name}: ${awaited} is no alert`);
  assert.equal(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
  assert.ok(alerts.has(HEARTBEAT));
});

const [fault] = FAULTS;
const trial: Trial = {
  fault: fault ?? assert.fail("no fault"),
  deliveredS: 7,
  resolvedS: 9,
  receiver: "on-call",
  others: [],
  wrong: [],
  shown: [],
};
const isKept = (changes: Partial<Trial>) =>
  findingsOf({ ...trial, ...changes }, 1 / 30).every(({ promise }) => promise?.kept ?? true);

test("a trial is passed when its alert came and ended, and no wrong one was delivered", () => {
  assert.ok(isKept({}));
  assert.ok(!isKept({ deliveredS: undefined }));
  assert.ok(!isKept({ resolvedS: undefined }));
  assert.ok(!isKept({ wrong: ["InputDrift → experiment"] }));
});

test("times are given as they were and as they would at most be in real life", () => {
  const figures = findingsOf(trial, 1 / 30).map(({ figure }) => figure);
  assert.ok(figures.includes("on-call, 7.0 s"), String(figures));
  assert.ok(figures.includes("3.5 min"), String(figures));
});

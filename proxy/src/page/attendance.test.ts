import assert from "node:assert/strict";
import { test } from "node:test";
import { Attendance } from "./attendance.ts";

test("who answered comes first, then who was never asked, then who was asked in vain, the longest ago first", () => {
  const attendance = new Attendance();
  for (const [key, hasAnswered] of [
    ["long silent", false],
    ["well", true],
    ["silent", false],
  ] as const) {
    attendance.begin();
    attendance.note(key, { hasAnswered, instance: undefined });
  }
  const keys = ["silent", "new", "long silent", "well"];
  const ordered = keys.toSorted((one, other) => attendance.rank(one) - attendance.rank(other));
  assert.deepEqual(ordered, ["well", "new", "long silent", "silent"]);
});

test("what a process called itself is known while it is silent, and forgotten long after", () => {
  const attendance = new Attendance();
  attendance.begin();
  attendance.note("a:1", { hasAnswered: true, instance: "one" });
  attendance.note("a:1", { hasAnswered: false, instance: undefined });
  assert.equal(attendance.instance("a:1"), "one");
  for (let collection = 0; collection < 1_000; collection++) attendance.begin();
  assert.equal(attendance.instance("a:1"), undefined);
  assert.equal(attendance.rank("a:1"), 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { equals, keeps, reaches } from "./findings.ts";

test("a promise is kept up to its limit, and broken beyond", () => {
  const kept = [keeps("p99", 20, 20), reaches("answers", 20, 20), equals("process", "new", "new")];
  const broken = [keeps("p99", 20.1, 20), reaches("answers", 19, 20), equals("process", "same", "new")];
  assert.ok(kept.every(({ promise }) => promise?.kept));
  assert.ok(broken.every(({ promise }) => promise?.kept === false));
});

test("a figure or a limit that could not be measured breaks the promise", () => {
  const unknown = Number.NaN;
  const findings = [
    ...[keeps("p99", unknown, 20), keeps("p99", 20, unknown)],
    ...[reaches("answers", unknown, 20), reaches("answers", 20, unknown)],
  ];
  for (const { promise } of findings) assert.equal(promise?.kept, false);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { listChanges } from "./changes.ts";

const changes = (before: unknown, after: unknown) => listChanges({ before, after }, { before, after });

test("each value that differs is listed with its path, before and after", () => {
  assert.deepEqual(
    changes(
      {
        variants: [
          { name: "a", weight: 50 },
          { name: "b", weight: 50 },
        ],
        log: { level: "info" },
      },
      {
        variants: [
          { name: "a", weight: 60 },
          { name: "b", weight: 40 },
        ],
        log: { level: "info" },
        force: { header: "x" },
      },
    ),
    [
      { path: "variants[0].weight", from: 50, to: 60 },
      { path: "variants[1].weight", from: 50, to: 40 },
      { path: "force", to: { header: "x" } },
    ],
  );
});

test("a value that is gone has no after, a list that became something else is listed whole", () => {
  assert.deepEqual(changes({ a: [1], b: 1 }, { a: { x: 1 } }), [
    { path: "a", from: [1], to: { x: 1 } },
    { path: "b", from: 1 },
  ]);
});

test("equal configurations have no changes, a changed secret shows as one without showing", () => {
  assert.deepEqual(changes({ a: 1 }, { a: 1 }), []);
  const shown = { before: { salt: "***" }, after: { salt: "***" } };
  assert.deepEqual(listChanges(shown, { before: { salt: "one" }, after: { salt: "other" } }), [
    { path: "a masked value", from: "***", to: "***" },
  ]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Calls } from "./calls.ts";
import { readProgress } from "./progress.ts";

const counts = (byKind: Record<string, Calls>) => ({
  byKind: new Map(Object.entries(byKind)),
  areOfReceiver: false,
});
const before = counts({ webhook: { taken: 5, failed: 1, lost: 1 } });
const grown = (taken: number, failed: number, lost: number) =>
  counts({ webhook: { taken: 5 + taken, failed: 1 + failed, lost: 1 + lost } });
const channels = [{ kind: "webhook", count: 1 }];
const nothing = { taken: [], lost: [], failing: [], silent: [] };

for (const [what, after, shared, expected] of [
  ["nothing happened", grown(0, 0, 0), [], { silent: ["webhook"] }],
  ["it was taken", grown(1, 0, 0), [], { taken: ["webhook"] }],
  ["it was taken at the second try", grown(1, 1, 0), [], { taken: ["webhook"] }],
  ["it is tried again", grown(0, 1, 0), [], { failing: ["webhook"] }],
  ["it was given up", grown(0, 3, 1), [], { lost: ["webhook"] }],
  ["one of two was given up", grown(1, 3, 1), [], { lost: ["webhook"] }],
  ["one was given up, perhaps another receiver's", grown(0, 3, 1), ["webhook"], { failing: ["webhook"] }],
  ["one was taken, perhaps another receiver's", grown(1, 3, 1), ["webhook"], { taken: ["webhook"] }],
] as const)
  test(what, () => {
    assert.deepEqual(readProgress(channels, { before, after }, new Set(shared)), { ...nothing, ...expected });
  });

test("other kinds' calls are not the receiver's, and two channels of a kind each take one", () => {
  const own = [{ kind: "telegram", count: 2 }];
  const after = (taken: number) =>
    counts({ webhook: { taken: 9, failed: 1, lost: 1 }, telegram: { taken, failed: 0, lost: 0 } });
  for (const [taken, state] of [
    [0, "silent"],
    [1, "silent"],
    [2, "taken"],
  ] as const)
    assert.deepEqual(readProgress(own, { before, after: after(taken) }, new Set()), {
      ...nothing,
      [state]: ["telegram"],
    });
});

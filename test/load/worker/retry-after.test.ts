import assert from "node:assert/strict";
import { test } from "node:test";
import type { Arrival } from "./open-loop.ts";
import { isRight, judgeRetryAfter } from "./retry-after.ts";

const accepted = (sentMs: number, answeredMs: number): Arrival => ({
  ...{ dueMs: sentMs, sentMs, answeredMs },
  kind: "200",
  retryAfterSeconds: undefined,
});
const refused = (atMs: number, retryAfterSeconds: number | undefined): Arrival => ({
  ...{ dueMs: atMs, sentMs: atMs, answeredMs: atMs },
  kind: "429",
  retryAfterSeconds,
});

test("the backlog of a refusal ends when as many texts were answered as waited, in whatever order", () => {
  // At 1,000 ms three wait. The one sent first is answered last; one that came later overtakes it.
  const arrivals = [
    ...[accepted(0, 500), accepted(100, 9_000), accepted(200, 2_000), accepted(300, 3_000)],
    ...[accepted(1_500, 4_000), refused(1_000, 3), refused(1_000, 7), refused(1_000, undefined)],
  ];
  assert.deepEqual(judgeRetryAfter(arrivals), {
    refusals: 3,
    withoutHeader: 1,
    right: 1,
    needed: [3, 3],
    said: [3, 7],
  });
});

test("within a second is right for a short backlog, within a factor of two for a long one", () => {
  for (const [said, needed] of [
    [1, 0],
    [1, 2],
    [2, 1],
    [5, 10],
    [20, 10],
  ] as const)
    assert.ok(isRight(said, needed), `${said} for ${needed}`);
  for (const [said, needed] of [
    [3, 1.4],
    [1, 2.1],
    [4, 10],
    [21, 10],
  ] as const)
    assert.ok(!isRight(said, needed), `${said} for ${needed}`);
});

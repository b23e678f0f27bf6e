import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Counters, gain, minus, overlay, plus } from "./counters.ts";

test("sums are made name by name, and what only one has stays", () => {
  assert.deepEqual(plus({ a: 1, b: { c: 2 } }, { b: { c: 3, d: 4 }, e: 5 }), {
    a: 1,
    b: { c: 5, d: 4 },
    e: 5,
  });
});

test("a gain is what was added; new names began at 0", () => {
  assert.deepEqual(gain({ a: 5, b: { c: 7 } }, { a: 3 }), { a: 2, b: { c: 7 } });
});

test("a difference leaves out what is gone and is never below 0: it knows of no restarts", () => {
  assert.deepEqual(minus({ a: 5, b: { c: 7, d: 1 } }, { a: 3, b: { d: 4 }, gone: 9 }), {
    a: 2,
    b: { c: 7, d: 0 },
  });
});

test("the newer number lies over the older, and what only the older has stays", () => {
  assert.deepEqual(overlay({ a: 1, b: { c: 2 } }, { b: { c: 1, d: 3 } }), { a: 1, b: { c: 1, d: 3 } });
});

test("one number that fell says that the process began anew: all of what it says now was gained", () => {
  assert.deepEqual(gain({ a: 10, b: { c: 1 } }, { a: 4, b: { c: 2 } }), { a: 10, b: { c: 1 } });
});

test("so does one that is gone: after a restart a status that has not come again is not there", () => {
  const now: Counters = { requests: { 200: 150 } };
  assert.deepEqual(gain(now, { requests: { 200: 100, 503: 5 } }), now);
  assert.deepEqual(gain(now, { requests: { 200: 100 }, wait: { sum: 1 } }), now);
});

test("whatever a process counts between restarts, its gains add up to all that it counted", () => {
  const step = fc.record({ ok: fc.nat(50), bad: fc.nat(5), isRestart: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      let said = { ok: 1_000, bad: { bad: 100 } };
      let gained = { ok: 0, bad: { bad: 0 } };
      const counted = { ok: 0, bad: 0 };
      for (const { ok, bad, isRestart } of steps) {
        const begun = isRestart ? { ok: 0, bad: { bad: 0 } } : said;
        const now = { ok: begun.ok + ok, bad: { bad: begun.bad.bad + bad } };
        // A restart that is made up for at once cannot be told from none.
        if (isRestart && now.ok >= said.ok && now.bad.bad >= said.bad.bad) continue;
        gained = plus(gained, gain(now, said));
        counted.ok += ok;
        counted.bad += bad;
        said = now;
      }
      assert.deepEqual(gained, { ok: counted.ok, bad: { bad: counted.bad } });
    }),
    { seed: 60_601 },
  );
});

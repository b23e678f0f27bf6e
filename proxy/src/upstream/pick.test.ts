import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { createRandom } from "../../../test/support/random.ts";
import { pickLessBusy } from "./pick.ts";

const candidates = fc.array(fc.record({ inFlight: fc.nat(5) }), { maxLength: 6 });
const seed = fc.nat();

test("one of the candidates is picked, none only where there is none", () => {
  fc.assert(
    fc.property(candidates, seed, (all, seed) => {
      const picked = pickLessBusy(all, undefined, createRandom(seed));
      assert.ok(picked === undefined ? all.length === 0 : all.includes(picked));
    }),
  );
});

test("what failed is not picked again if there is another", () => {
  fc.assert(
    fc.property(candidates, fc.nat(5), seed, (all, position, seed) => {
      const failed = all[position % Math.max(1, all.length)];
      const picked = pickLessBusy(all, failed, createRandom(seed));
      if (all.length > 1) assert.notEqual(picked, failed);
      else assert.equal(picked, failed);
    }),
  );
});

test("one that is no candidate any more makes no difference", () => {
  fc.assert(
    fc.property(candidates, seed, (all, seed) => {
      assert.equal(
        pickLessBusy(all, { inFlight: 0 }, createRandom(seed)),
        pickLessBusy(all, undefined, createRandom(seed)),
      );
    }),
  );
});

test("the busiest of all is never picked: two different ones are compared", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(100), { minLength: 2, maxLength: 6 }), seed, (loads, seed) => {
      const picked = pickLessBusy(
        loads.map((inFlight) => ({ inFlight })),
        undefined,
        createRandom(seed),
      );
      assert.notEqual(picked?.inFlight, Math.max(...loads));
    }),
  );
});

test("equally busy ones get equal shares", () => {
  const all = Array.from({ length: 5 }, () => ({ inFlight: 0 }));
  const counts = new Map(all.map((candidate) => [candidate, 0]));
  const random = createRandom(1);
  for (let request = 0; request < 50_000; request++) {
    const picked = pickLessBusy(all, undefined, random);
    if (picked !== undefined) counts.set(picked, (counts.get(picked) ?? 0) + 1);
  }
  for (const count of counts.values())
    assert.ok(Math.abs(count - 10_000) < 500, String([...counts.values()]));
});

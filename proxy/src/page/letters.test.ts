import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assignLetters } from "./letters.ts";

const letters = (key: string, names: readonly string[], phase = 1) =>
  assignLetters(key, { experiment: "x", phase, names });

test("letters depend on key, experiment and phase, and not on the order of the file", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  fc.assert(
    fc.property(fc.string(), fc.uniqueArray(name, { minLength: 1, maxLength: 30 }), (key, names) => {
      const forwards = letters(key, names);
      // Maps are compared without their order.
      assert.deepEqual(letters(key, names.toReversed()), forwards);
      assert.equal(new Set(forwards.values()).size, names.length);
    }),
  );
});

test("neither the file's first nor the alphabet's first is X more often than by chance", () => {
  const firsts = Array.from({ length: 2_000 }, (_, index) =>
    letters(`key ${index}`, ["distilbert", "roberta"]).get("distilbert"),
  );
  const share = firsts.filter((letter) => letter === "X").length / firsts.length;
  // Seven standard deviations.
  assert.ok(Math.abs(share - 0.5) < 0.08, String(share));
  const phases = new Set(
    Array.from({ length: 50 }, (_, phase) => letters("key", ["a", "b"], phase).get("a")),
  );
  assert.deepEqual(phases, new Set(["X", "Y"]));
});

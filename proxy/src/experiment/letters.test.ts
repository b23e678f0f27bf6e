import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseExperiment } from "../../../test/support/small-experiment.ts";
import { assignLetters, lettersOf } from "./letters.ts";

const letters = (key: string, names: readonly string[]) => assignLetters(key, { experiment: "x", names });

test("letters depend on key, experiment and names, and not on the order of the file", () => {
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
});

test("letters need token and salt, and hold over phases: whoever sees the same counts under other letters knows both", () => {
  const config = parseExperiment("admin: { token: sixteen-characters }");
  const { admin, experiment } = config;
  const variants = config.variants.flatMap((only) =>
    ["kestrel", "osprey"].map((name) => ({ ...only, name, weight: 50 })),
  );
  const known = lettersOf({ admin, experiment, variants });
  for (let phase = 2; phase < 40; phase++)
    assert.deepEqual(lettersOf({ admin, experiment: { ...experiment, phase }, variants }), known);
  const weights = variants.map((variant, index) => ({ ...variant, weight: index === 0 ? 100 : 0 }));
  assert.deepEqual(lettersOf({ admin, experiment, variants: weights }), known);
  const drawn = (change: (index: number) => Pick<typeof config, "admin" | "experiment">) =>
    new Set(
      Array.from({ length: 40 }, (_, index) =>
        lettersOf({ variants, ...change(index) }).get(variants[0]?.name ?? ""),
      ),
    );
  const both = new Set(["X", "Y"]);
  const tokens = drawn((index) => ({ admin: { ...admin, token: `a long token ${index}` }, experiment }));
  assert.deepEqual(tokens, both);
  assert.deepEqual(
    drawn((index) => ({ admin, experiment: { ...experiment, salt: `a salt ${index}` } })),
    both,
  );
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { type AssignmentOptions, BUCKETS, createAssignment, effectiveWeights } from "./assignment.ts";
import { hash, utf8AsLatin1 } from "./hash.ts";

const weights = fc
  .array(fc.integer({ min: 0, max: BUCKETS }), { minLength: 0, maxLength: 9 })
  .map((cuts) => [0, ...cuts.sort((one, other) => one - other), BUCKETS])
  .map((cuts) => cuts.slice(1).map((cut, index) => cut - (cuts[index] ?? 0)));

/** The owner of every bucket, found by assigning ids until each bucket was met. */
function ownersOf(options: AssignmentOptions): number[] {
  const { assign } = createAssignment(options);
  const owners: number[] = [];
  for (const id of idOfBucket) owners.push(assign(id).variant);
  return owners;
}

const idOfBucket: string[] = Array<string>(BUCKETS);
for (let id = 0, met = 0; met < BUCKETS; id++) {
  const bucket = hash(String(id)) % BUCKETS;
  if (idOfBucket[bucket] === undefined) met++;
  idOfBucket[bucket] ??= String(id);
}

test("assignment agrees with an independent implementation on 962 vectors", async () => {
  const text = await readFile(new URL("assignment-vectors.tsv", import.meta.url), "utf8");
  const rows = text
    .split("\n")
    .slice(1)
    .filter((row) => row !== "");
  assert.equal(rows.length, 962);
  for (const row of rows) {
    const [salt = "", id = "", hashed, bucket, analysisBucket] = row.split("\t");
    const key = utf8AsLatin1(salt === "" ? id : `${salt}:${id}`);
    assert.equal(hash(key), Number(hashed), row);
    const assigned = createAssignment({ salt, weights: [50, 50] }).assign(utf8AsLatin1(id));
    assert.deepEqual(assigned, {
      bucket: Number(bucket),
      analysisBucket: Number(analysisBucket),
      variant: Number(bucket) < 50 ? 0 : 1,
    });
  }
});

test("the published MurmurHash3 x86_32 vectors hold", () => {
  assert.equal(hash(""), 0);
  assert.equal(hash("test"), 0xba6bd213);
  assert.equal(hash("Hello, world!"), 0xc0363e43);
  assert.equal(hash("The quick brown fox jumps over the lazy dog"), 0x2e4ff723);
});

test("every bucket is owned by exactly one variant, in half-open ranges in file order", () => {
  fc.assert(
    fc.property(weights, (weights) => {
      const owners = ownersOf({ salt: "", weights });
      assert.deepEqual(
        owners,
        owners.toSorted((one, other) => one - other),
      );
      assert.deepEqual(
        weights.map((_, variant) => owners.filter((owner) => owner === variant).length),
        weights,
      );
    }),
  );
});

test("moving a boundary moves exactly the buckets beside it", () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(100), (before, after) => {
      const owned = [before, after].map((weight) => ownersOf({ salt: "", weights: [weight, 100 - weight] }));
      const moved = idOfBucket.flatMap((_, bucket) =>
        owned[0]?.[bucket] === owned[1]?.[bucket] ? [] : [bucket],
      );
      const [low, high] = [Math.min(before, after), Math.max(before, after)];
      assert.deepEqual(
        moved,
        Array.from({ length: high - low }, (_, index) => low + index),
      );
    }),
  );
});

test("weight 0 means nobody", () => {
  assert.ok(ownersOf({ salt: "", weights: [0, 100, 0] }).every((owner) => owner === 1));
});

test("the analysis bucket is independent of the assignment bucket: both variants fill all hundred", () => {
  const { assign } = createAssignment({ salt: "s", weights: [50, 50] });
  const filled = [new Set<number>(), new Set<number>()];
  for (let id = 0; id < 5000; id++) {
    const { variant, analysisBucket } = assign(`user-${id}`);
    filled[variant]?.add(analysisBucket);
  }
  assert.deepEqual(
    filled.map(({ size }) => size),
    [100, 100],
  );
});

test("a salt outside ASCII is hashed by its UTF-8 bytes", () => {
  const { assign } = createAssignment({ salt: "Łódź", weights: [100] });
  assert.equal(assign("a").bucket, hash(utf8AsLatin1("Łódź:a")) % 100);
});

const stops = weights.chain((weights) =>
  fc.record({
    weights: fc.constant(weights),
    control: fc.nat(weights.length - 1),
    stopped: fc.subarray([...weights.keys()]),
  }),
);

test("the units of stopped variants get the control, and nobody else moves", () => {
  fc.assert(
    fc.property(stops, fc.array(fc.string(), { maxLength: 30 }), ({ weights, control, stopped }, ids) => {
      const variants = stopped.filter((variant) => variant !== control);
      const before = createAssignment({ salt: "", weights });
      const after = createAssignment({ salt: "", weights, stopped: { variants, control } });
      for (const id of [...ids.map(utf8AsLatin1), ...idOfBucket]) {
        const { variant, ...rest } = before.assign(id);
        assert.deepEqual(after.assign(id), {
          ...rest,
          variant: variants.includes(variant) ? control : variant,
        });
      }
      const effective = effectiveWeights(weights, { variants, control });
      assert.equal(
        effective.reduce((sum, weight) => sum + weight, 0),
        BUCKETS,
      );
      for (const [variant, weight] of effective.entries())
        if (variant !== control) assert.equal(weight, variants.includes(variant) ? 0 : weights[variant]);
    }),
  );
});

test("the control cannot be stopped", () => {
  assert.throws(
    () => createAssignment({ salt: "", weights: [50, 50], stopped: { variants: [1, 0], control: 0 } }),
    /variant 0 is the control/,
  );
});

test("weights that do not sum to 100 are refused", () => {
  assert.throws(
    () => createAssignment({ salt: "", weights: [49, 50] }),
    /weights sum to 99, they must sum to 100/,
  );
  assert.throws(
    () => createAssignment({ salt: "", weights: [33.3, 66.7] }),
    /weight 33.3 is not a whole number/,
  );
});

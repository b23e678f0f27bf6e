import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecentIds } from "./recent-ids.ts";

/** Few different ones, whose homes in a small table are neighbours: many collide, and many come again. */
function digestOf(number: number): Buffer {
  const digest = Buffer.alloc(32);
  digest.writeUInt32BE(number >> 2, 0);
  digest.writeUInt32BE(number & 3, 4);
  return digest;
}

test("it remembers exactly the last so many, as a list would", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.nat(120), { maxLength: 400 }),
      (limit, numbers) => {
        const ids = new RecentIds(limit);
        const list: { number: number; value: number }[] = [];
        for (const [value, number] of numbers.entries()) {
          ids.add({ digest: digestOf(number), value });
          if (!list.some((one) => one.number === number)) list.push({ number, value });
          if (list.length > limit) list.shift();
          assert.equal(ids.size, list.length);
          for (let asked = 0; asked <= 120; asked++)
            assert.equal(
              ids.find({ digest: digestOf(asked) }),
              list.find((one) => one.number === asked)?.value,
            );
        }
      },
    ),
    { seed: 11, numRuns: 60 },
  );
});

test("its pieces make another that remembers the same, or the newest of them where there is less room", () => {
  const ids = new RecentIds(50);
  for (let number = 0; number < 80; number++) ids.add({ digest: digestOf(number), value: number });
  const copy = new RecentIds(50);
  const smaller = new RecentIds(20);
  for (const piece of ids.pieces(7)) {
    copy.addPiece(piece);
    smaller.addPiece(piece);
  }
  for (let number = 0; number < 80; number++) {
    assert.equal(copy.find({ digest: digestOf(number) }), number < 30 ? undefined : number);
    assert.equal(smaller.find({ digest: digestOf(number) }), number < 60 ? undefined : number);
  }
});

test("a million ids take 20 MB", () => {
  const before = process.memoryUsage().arrayBuffers;
  const ids = new RecentIds(1_000_000);
  assert.ok(process.memoryUsage().arrayBuffers - before <= 21_000_000);
  assert.equal(ids.size, 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TokenBatch } from "./protocol.ts";
import { TokenBuffers } from "./token-buffers.ts";

const sequence = fc.array(fc.nat(250_000), { minLength: 1, maxLength: 20 });
const batches = fc.array(fc.array(sequence, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });

function toBatch(rows: readonly (readonly number[])[]): TokenBatch {
  return { kind: "tokens", ids: Int32Array.from(rows.flat()), lengths: rows.map(({ length }) => length) };
}

/** What a graph is to be given, made the plain way. */
function expected(rows: readonly (readonly number[])[], padId: number) {
  const width = Math.max(...rows.map(({ length }) => length));
  const places = Array.from({ length: width }, (_, at) => at);
  const fill = (value: (row: readonly number[], at: number) => number) =>
    BigInt64Array.from(rows.flatMap((row) => places.map((at) => BigInt(value(row, at)))));
  return {
    width,
    ids: fill((row, at) => row[at] ?? padId),
    mask: fill((row, at) => (at < row.length ? 1 : 0)),
    zeros: fill(() => 0),
  };
}

test("ids are padded and masked as by BigInt64Array.from, through batches that grow and shrink", () => {
  fc.assert(
    fc.property(batches, fc.nat(3), (given, padId) => {
      const buffers = new TokenBuffers(padId);
      for (const rows of given) assert.deepEqual(buffers.fill(toBatch(rows)), expected(rows, padId));
    }),
  );
});

test("the memory of a larger batch is used again for smaller ones", () => {
  const buffers = new TokenBuffers(0);
  const large = buffers.fill(toBatch([[1, 2, 3, 4], [5]]));
  const small = buffers.fill(toBatch([[6, 7]]));
  assert.equal(small.ids.buffer, large.ids.buffer);
  assert.equal(small.mask.buffer, large.mask.buffer);
  assert.deepEqual([...small.ids], [6n, 7n]);
  const same = buffers.fill(toBatch([[1, 2, 3, 4], [5]]));
  assert.equal(same.ids.buffer, large.ids.buffer);
  assert.deepEqual([...same.mask], [1n, 1n, 1n, 1n, 1n, 0n, 0n, 0n]);
});

test("the largest id that a vocabulary can have arrives as it is", () => {
  assert.deepEqual([...new TokenBuffers(0).fill(toBatch([[2 ** 31 - 1]])).ids], [2n ** 31n - 1n]);
});

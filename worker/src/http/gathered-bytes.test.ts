import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GatheredBytes } from "./gathered-bytes.ts";

test("pieces of any size come out as one, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 20 }), (pieces) => {
      const gathered = new GatheredBytes(60_000);
      for (const piece of pieces) gathered.add(Buffer.from(piece));
      assert.equal(
        gathered.length,
        pieces.reduce((sum, piece) => sum + piece.length, 0),
      );
      assert.deepEqual(gathered.read(), Buffer.concat(pieces));
    }),
  );
});

test("what is allocated is at most twice what came, and never above the limit but for what came", () => {
  const limit = 100_000;
  const gathered = new GatheredBytes(limit);
  for (let length = 1; length <= limit; length += 1) {
    gathered.add(Buffer.from([length % 256]));
    if (length % 997 !== 0) continue;
    const allocated = gathered.read().buffer.byteLength;
    assert.ok(allocated <= Math.min(limit, Math.max(2 * length, 1024)), `${allocated} bytes for ${length}`);
  }
});

test("one piece is not copied, and nothing is nothing", () => {
  const piece = Buffer.from("whole");
  const gathered = new GatheredBytes(10);
  assert.equal(gathered.read().length, 0);
  gathered.add(piece);
  assert.equal(gathered.read().buffer, piece.buffer);
  gathered.clear();
  assert.deepEqual([gathered.length, gathered.read().length], [0, 0]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BoundedQueue } from "./queue.ts";

test("the queue is first in, first out, never above its bound, and admits all or nothing", () => {
  const command = fc.oneof(
    fc.record({ kind: fc.constant("admit" as const), count: fc.nat(5) }),
    fc.record({ kind: fc.constant("take" as const) }),
    fc.record({ kind: fc.constant("remove" as const), at: fc.nat(9) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (commands, limit) => {
      const queue = new BoundedQueue<{ n: number }>(limit);
      let model: { n: number }[] = [];
      let next = 0;
      for (const step of commands) {
        if (step.kind === "admit") {
          const entries = Array.from({ length: step.count }, () => ({ n: next++ }));
          const fits = model.length + entries.length <= limit;
          assert.equal(queue.admit(entries), fits);
          if (fits) model.push(...entries);
        } else if (step.kind === "take") {
          assert.equal(queue.take(), model.shift());
        } else {
          const entry = model[step.at];
          if (entry !== undefined) assert.ok(queue.remove(entry) && !queue.remove(entry));
          model = model.filter((kept) => kept !== entry);
        }
        assert.equal(queue.depth, model.length);
      }
      assert.deepEqual(queue.drain(), model);
      assert.equal(queue.depth, 0);
    }),
  );
});

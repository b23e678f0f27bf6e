import assert from "node:assert/strict";
import test from "node:test";
import { createRandom } from "../support/random.ts";
import { estimateAuc } from "./auc.ts";
import { type SparseRow, trainLogistic } from "./logistic.ts";

test("a weak signal among noise is found, and noise alone is not", () => {
  const random = createRandom(11);
  const labels = Array.from({ length: 2000 }, () => (random() < 0.5 ? 0 : 1));
  const rowsWith = (signal: number) =>
    labels.map((label): SparseRow => {
      const columns = [0];
      const values = [random() * 1000 + (label === 1 ? 1000 * signal : 0)];
      for (let column = 1; column < 40; column++) if (random() < 0.3) columns.push(column);
      while (values.length < columns.length) values.push(1);
      return { columns, values };
    });
  const aucWith = (signal: number) => {
    const rows = rowsWith(signal);
    const score = trainLogistic(rows.slice(0, 1000), labels.slice(0, 1000), 40);
    return estimateAuc(rows.slice(1000).map(score), labels.slice(1000));
  };
  assert.ok(aucWith(0.2).low > 0.5, "seed 11");
  const { low, high } = aucWith(0);
  assert.ok(low <= 0.5 && high >= 0.5, `seed 11: ${low} to ${high}`);
});

test("one column that differs always is found whole", () => {
  const rows = Array.from(
    { length: 100 },
    (_, at): SparseRow => ({ columns: at % 2 ? [0, 1] : [0], values: [1, 1] }),
  );
  const labels = rows.map((_, at) => at % 2);
  const score = trainLogistic(rows, labels, 2);
  assert.equal(estimateAuc(rows.map(score), labels).auc, 1);
});

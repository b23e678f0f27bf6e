import assert from "node:assert/strict";
import { test } from "node:test";
import { metricNames } from "./metric-names.ts";

test("the metrics of an expression are found, and nothing else is taken for one", () => {
  const cases: readonly [string, readonly string[]][] = [
    ["up", ["up"]],
    [
      'sum by (model_version) (rate(a_total{status=~"5..", x="by (b)"}[5m])) / sum(a_total) > 0.5',
      ["a_total"],
    ],
    ["(a:b:c5m unless on (model_version) d) or vector(0)", ["a:b:c5m", "d"]],
    ["time() - max by (instance) (e_seconds) * 1e3", ["e_seconds"]],
    ["a * on (job) group_left (role) b offset 1h", ["a", "b"]],
    ['label_replace(0 * sum(f), "code", "none", "", "")', ["f"]],
    ["histogram_quantile(0.99, sum by (le) (rate(g_bucket[5m])))", ["g_bucket"]],
  ];
  for (const [expr, expected] of cases) assert.deepEqual(metricNames(expr), expected, expr);
});

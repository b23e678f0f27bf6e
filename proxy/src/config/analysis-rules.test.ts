import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment } from "../../../test/support/small-experiment.ts";

const SECRET = "secrets: sixteen-characters-and-more";
const guardrails = (...metrics: string[]) =>
  `analysis: { guardrails: [${metrics.map((metric) => `{ metric: ${metric}, margin: 0.01 }`).join(", ")}] }`;
const revenue = (min: number, max: number) =>
  `outcomes: { ${SECRET}, allowed: [{ name: revenue, min: ${min}, max: ${max} }] }`;

test("a metric is one guardrail at most, and one secondary metric at most", () => {
  parseExperiment(guardrails("error_ratio", "slow_ratio"));
  assert.throws(
    () => parseExperiment(guardrails("error_ratio", "slow_ratio", "error_ratio")),
    /analysis\.guardrails\[2\]\.metric: error_ratio stands twice: remove one of the two/,
  );
  assert.throws(
    () => parseExperiment("analysis: { metric: error_ratio, secondary: [slow_ratio, slow_ratio] }"),
    /analysis\.secondary\[1\]: slow_ratio stands twice/,
  );
});

test("a numeric outcome is no wider than sums can hold", () => {
  parseExperiment(revenue(-500_000, 500_000));
  assert.throws(
    () => parseExperiment(revenue(0, 1_000_001)),
    /outcomes\.allowed\[0\]: revenue reaches from 0 to 1000001, which is wider than 1000000: declare/,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment } from "../../../test/support/small-experiment.ts";
import { findOutcomeChanges } from "./outcome-changes.ts";

const [ONE, OTHER] = ["the first secret of all", "the other secret of all"];
const JUDGE = 'url: "http://judge:8082"';

test("what reports and stopped variants notice", () => {
  const outcomes = (secrets: string, more = "") => `outcomes: { secrets: ${secrets}${more} }`;
  const cases: readonly (readonly [string, string, RegExp | undefined])[] = [
    ["", outcomes(ONE), undefined],
    [outcomes(ONE), outcomes(ONE), undefined],
    [outcomes(ONE), "", /^outcomes is gone: tokens are no longer given/],
    [outcomes(ONE), outcomes(OTHER), /^outcomes\.secrets loses the secret that encrypted until now/],
    [outcomes(ONE), outcomes(`[${OTHER}, ${ONE}]`), undefined],
    [
      outcomes(`[${ONE}, ${OTHER}]`),
      outcomes(ONE),
      /^outcomes\.secrets loses 1 of the secrets that decrypted/,
    ],
    [
      outcomes(ONE),
      outcomes(ONE, ", path: /-/reports"),
      /^outcomes\.path changes from \/-\/outcomes to \/-\/reports/,
    ],
    [
      outcomes(ONE),
      outcomes(ONE, ", key: a-key-of-enough-letters"),
      /^outcomes\.key changes: reports without it/,
    ],
    [outcomes(ONE, ", key: a-key-of-enough-letters"), outcomes(ONE), /^outcomes\.key is gone/],
    [outcomes(ONE), outcomes(ONE, ", max_age: 1d"), /^outcomes\.max_age becomes shorter, 1d instead of 7d/],
    [outcomes(ONE), outcomes(ONE, ", max_age: 8d"), undefined],
    ["", `judge: { ${JUDGE}, stop: on }`, /^judge\.stop becomes on: whom the judge has stopped/],
    [
      `judge: { ${JUDGE}, stop: on }`,
      `judge: { ${JUDGE}, stop: dry-run }`,
      /^judge\.stop becomes dry-run: variants that were/,
    ],
    [`judge: { ${JUDGE}, stop: dry-run }`, "", undefined],
  ];
  for (const [before, after, expected] of cases) {
    const found = findOutcomeChanges(parseExperiment(before), parseExperiment(after)).map(
      ({ path, message }) => `${path} ${message}`,
    );
    assert.equal(found.length, expected === undefined ? 0 : 1, `${before} → ${after}: ${found.join("\n")}`);
    if (expected !== undefined) assert.match(found[0] ?? "", expected);
    for (const secret of [ONE, OTHER]) assert.ok(!found.join().includes(secret), "a secret was said");
  }
});

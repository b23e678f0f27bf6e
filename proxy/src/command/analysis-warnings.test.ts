import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment } from "../../../test/support/small-experiment.ts";
import { findAnalysisWarnings } from "./analysis-warnings.ts";

const warnings = (more: string, salt = "") => {
  const config = parseExperiment(more);
  const salted = { ...config, experiment: { ...config.experiment, salt } };
  return findAnalysisWarnings(salted).map(({ path, message }) => `${path} ${message}`);
};

const OUTCOMES = "secrets: sixteen-characters-and-more";
const STOP = 'url: "http://judge:8082", stop: on';
const TOKEN = "admin: { token: sixteen-characters-and-more }";

test("what is left as it is, is warned of nothing", () => {
  for (const more of [
    "",
    `outcomes: { ${OUTCOMES} }\nanalysis: { metric: conversion, secondary: [correct_ratio] }`,
    "exposure: { methods: [POST], paths: [/predict, /v1.2/x, /Predict] }",
    "analysis: { margin: 0.01, tau: 0.2 }",
    "analysis: { planned_looks: 5 }",
  ])
    assert.deepEqual(warnings(more), [], more);
  assert.deepEqual(
    warnings(`judge: { ${STOP}, stop_file: stops.json }\n${TOKEN}`, "a salt of some letters"),
    [],
  );
});

test("what is allowed and seldom meant is said, with the remedy", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["exposure: { paths: [/predict, /a/../b] }", /^exposure\.paths\[1\] is never met/],
    [`outcomes: { ${OUTCOMES}, max_age: 1h }`, /^outcomes\.max_age is 1h, and truth may take 1d/],
    [
      `outcomes: { ${OUTCOMES} }\nadmin: { replicas: ["http://other:8081"] }`,
      /^outcomes\.duplicates\.redis is not set: .*counts twice/,
    ],
    [
      `outcomes: { ${OUTCOMES}, allowed: [correct] }\nanalysis: { metric: correct_ratio }`,
      /^outcomes\.allowed has correct without incorrect/,
    ],
    [
      'outcomes: { secrets: "" }\nanalysis: { metric: conversion, guardrails: [{ metric: correct_ratio, margin: 0.01 }] }',
      /^outcomes\.secrets is empty: .*conversion, correct_ratio \(analysis\) will never be known; set a secret/,
    ],
    ["analysis: { margin: 0 }", /^analysis\.margin is 0: that two variants are equally good/],
    ["analysis: { margin: 0.01, tau: 1 }", /^analysis\.tau is 1, and the margin 0\.01/],
    ["analysis: { margin: 0.1, tau: 0.01 }", /^analysis\.tau is 0\.01, and the margin 0\.1/],
    [
      "analysis: { guardrails: [{ metric: slow_ratio, margin: 0 }] }",
      /^analysis\.guardrails\[0\]\.margin is 0: slow_ratio may not get worse/,
    ],
    ["analysis: { horizon: 1d }", /^analysis\.horizon is 1d, and truth may take 1d/],
    [
      "analysis: { horizon: 30m, maturity: 0s, planned_looks: 20 }",
      /^analysis\.planned_looks is 20 within 30m: the judge looks every 5m only/,
    ],
    [`judge: { ${STOP}, stop_file: stops.json }\n${TOKEN}`, /^judge\.stop is on without experiment\.salt/],
  ];
  for (const [more, expected] of cases) {
    const found = warnings(more);
    assert.equal(found.length, 1, `${more}\n${found.join("\n")}`);
    assert.match(found[0] ?? "", expected);
  }
  const salted = warnings(`judge: { ${STOP} }`, "a salt of some letters");
  assert.equal(salted.length, 2, salted.join("\n"));
  assert.match(
    salted[0] ?? "",
    /^judge\.stop_file is not set: a gateway that starts while the judge is away/,
  );
  assert.match(salted[1] ?? "", /^admin\.token is not set: .*letters/);
});

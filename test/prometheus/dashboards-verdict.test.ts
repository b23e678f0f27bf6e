import assert from "node:assert/strict";
import { before, test } from "node:test";
import { askPanel, findPanel } from "../dashboards/ask-panel.ts";
import type { PanelFile } from "../dashboards/dashboard-file.ts";
import { panelsOf, readDashboards } from "../dashboards/dashboard-file.ts";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, rising, standing } from "./rule-test.ts";

before(assertInstalled);

const STEPS = 120;
const of = 'job="ab-judge",instance="j:1",experiment="sentiment-blind-test",phase="1"';
const comparison = `${of},metric="macro_recall",kind="primary",pair="X-Y"`;

const info = (answer: string): Collected => ({
  [`ab_verdict_info{${of},answer="${answer}"}`]: standing([1, STEPS]),
});
const split = (values: string): Collected => ({ [`ab_verdict_sample_ratio_failed{${of}}`]: values });
const found: Collected = {
  [`ab_verdict_difference{${comparison}}`]: standing([0.02, STEPS]),
  [`ab_verdict_difference_low{${comparison}}`]: standing([-0.01, STEPS]),
  [`ab_verdict_difference_high{${comparison}}`]: standing([0.05, STEPS]),
  [`ab_verdict_p_value{${comparison}}`]: standing([0.2, STEPS]),
  [`ab_verdict_decision_info{${comparison},decision="open"}`]: standing([1, STEPS]),
  [`ab_verdict_coverage_difference{${of}}`]: standing([0.03, STEPS]),
  [`ab_verdict_guardrail_breached{${of},metric="error_ratio",letter="X"}`]: standing([0, STEPS]),
  [`ab_verdict_guardrail_breached{${of},metric="error_ratio",letter="Y"}`]: standing([1, STEPS]),
};

const situation = (collected: Collected) => ({
  ...{ file: "rules/experiment.yml", step: "1m", evaluation: "30m", collected },
});
function ask(panel: PanelFile, collected: Collected, id: string, at = "60m") {
  return askPanel(situation(collected), panel, { id, at });
}

/** What a panel writes instead of a number. */
function wordsOf({ fieldConfig }: PanelFile): Record<string, { text: string }> {
  const { mappings = [] } = fieldConfig.defaults as {
    mappings?: readonly { type: string; options: Record<string, { text: string }> }[];
  };
  return mappings.find(({ type }) => type === "value")?.options ?? {};
}

for (const [answer, word] of [
  ["invalid", "INVALID"],
  ["guardrail_breached", "GUARDRAIL BREACHED"],
  ["better", "ONE IS BETTER"],
  ["no_difference", "NO DIFFERENCE BEYOND THE MARGIN"],
  ["not_enough_data", "NOT ENOUGH DATA"],
] as const)
  test(`the answer "${answer}" reads ${word}`, () => {
    const panel = findPanel("Answer");
    const [sample, ...more] = ask(panel, info(answer), "answer");
    assert.equal(more.length, 0);
    assert.equal(wordsOf(panel)[String(sample?.value)]?.text, word);
  });

/** Panels of what a broken split makes void, with their queries. */
const VOID: readonly (readonly [title: string, ...ids: string[]])[] = [
  ["Difference in $metric", "share_difference", "share_low", "share_high"],
  ["p value", "p"],
  ["Decisions", "decisions"],
  ["Difference of coverage", "coverage"],
  ["Guardrails", "breached"],
];

test("while the split holds every panel of the judge shows what it found", () => {
  const collected = { ...found, ...split(standing([0, STEPS])) };
  for (const [title, ...ids] of VOID)
    for (const id of ids) assert.ok(ask(findPanel(title), collected, id).length > 0, `${title}, ${id}`);
  const values = ["share_low", "share_difference", "share_high"].map(
    (id) => ask(findPanel("Difference in $metric"), collected, id)[0]?.value,
  );
  assert.deepEqual(values, [-0.01, 0.02, 0.05]);
});

test("a split that is broken at the end of the time shown blanks them in all of it, and INVALID stands there", () => {
  const collected = { ...found, ...split(standing([0, 30], [1, STEPS - 30])) };
  for (const [title, ...ids] of VOID)
    for (const id of ids) {
      assert.deepEqual(ask(findPanel(title), collected, id), [], `${title}, ${id}`);
      // A graph's earlier steps ask about the same end.
      for (const { expr } of findPanel(title).targets ?? [])
        if (expr.includes("unless")) assert.match(expr, /ab_verdict_sample_ratio_failed\{[^}]*\} @ end\(\)/);
    }
  const guardrails = findPanel("Guardrails");
  const [sample] = ask(guardrails, collected, "void");
  assert.equal(wordsOf(guardrails)[String(sample?.value)]?.text, "INVALID");
  const test = findPanel("Sample ratio test");
  const [failed] = ask(test, collected, "failed");
  assert.equal(wordsOf(test)[String(failed?.value)]?.text, "INVALID");
});

test("guardrails are said in words, by letters", () => {
  const panel = findPanel("Guardrails");
  const said = ask(panel, { ...found, ...split(standing([0, STEPS])) }, "breached").map(
    ({ labels, value }) => `${labels.letter} ${wordsOf(panel)[String(value)]?.text}`,
  );
  assert.deepEqual(said.sort(), ["X not breached", "Y BREACHED"]);
});

test("days that nobody knows are called unknown", () => {
  const { mappings = [] } = findPanel("Exposures, looks, days left").fieldConfig.defaults as {
    mappings?: readonly { type: string; options: unknown }[];
  };
  assert.deepEqual(
    mappings.map(({ type, options }) => [type, (options as { match: string }).match]),
    [["special", "nan"]],
  );
});

test("agreement with the shadow is the share of equal labels", () => {
  const pair = (label: string, shadow: string, rise: number): Collected => ({
    [`ab_shadow_predictions_total{experiment="sentiment-blind-test",phase="1",model_version="a",shadow_model_version="b",label="${label}",shadow_label="${shadow}"}`]:
      rising([rise, STEPS]),
  });
  const collected = {
    ...{ ...pair("positive", "positive", 60), ...pair("negative", "negative", 20) },
    ...{ ...pair("positive", "negative", 15), ...pair("negative", "neutral", 5) },
  };
  const [sample] = askPanel(
    { ...situation(collected), step: "5s", evaluation: "1m" },
    findPanel("Agreement with the shadow"),
    { id: "agreement", at: "8m" },
  );
  assert.equal(Math.round(1000 * (sample?.value ?? 0)), 800);
});

test("no panel of the verdict's row tells the variants apart by name", () => {
  const [comparison] = readDashboards().filter(({ uid }) => uid === "blindsplit-comparison");
  assert.ok(comparison);
  const row = panelsOf(comparison).filter(({ id }) => id > 800 && id < 900);
  assert.ok(row.length >= 10);
  for (const { title, targets = [] } of row)
    for (const { expr, legendFormat } of targets) {
      assert.doesNotMatch(legendFormat, /model_version/, title);
      assert.doesNotMatch(expr, /by \([^)]*model_version|ab_variant_info|\$model/, title);
    }
  const first = comparison.panels.find(({ type }) => type === "row");
  assert.equal(first?.title, "Verdict");
});

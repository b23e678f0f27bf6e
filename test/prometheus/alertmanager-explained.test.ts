import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, evaluate, RULES, rising, standing } from "./rule-test.ts";

/** One reads the alerts of another, so they are evaluated together. */
const FILES = ["rules/slo.yml", "alerts/targets.yml", "alerts/explained.yml"];
const rules = mkdtempSync(join(tmpdir(), "blindsplit-explained-"));
before(() => {
  assertInstalled();
  for (const file of FILES) copyFileSync(join(RULES, file), join(rules, basename(file)));
});
after(() => rmSync(rules, { recursive: true }));

const file = "*.yml";
const step = "30s";
/** Three quarters of an hour of health, twenty-five minutes of the fault, three more quarters. */
const [HEALTHY, FAULTY, AFTER] = [90, 50, 90];
const end = "115m";

function requests(model: string, failedInTen: number): Collected {
  const column = (usual: number, faulty: number) =>
    rising([usual, HEALTHY], [faulty, FAULTY], [usual, AFTER]);
  const labels = `job="ab-proxy",instance="p:1",experiment="e",model_version="${model}"`;
  return {
    [`ab_requests_total{${labels},status="200"}`]: column(100, 100 - 10 * failedInTen),
    [`ab_requests_total{${labels},status="503"}`]: column(0, 10 * failedInTen),
  };
}

function worker(model: string, isDown: boolean, place = 1): Collected {
  const labels = `job="sentiment-worker",instance="${model}:${place}"`;
  return {
    [`up{${labels}}`]: standing([1, HEALTHY], [isDown ? 0 : 1, FAULTY], [1, AFTER]),
    // A target that does not answer has no series but `up`.
    [`model_info{${labels},model_version="${model}"}`]: isDown
      ? `1+0x${HEALTHY - 1} stale _x${FAULTY - 1} 1+0x${AFTER}`
      : standing([1, HEALTHY + FAULTY + AFTER]),
  };
}

const gateway = { 'up{job="ab-proxy",instance="p:1"}': standing([1, HEALTHY + FAULTY + AFTER]) };

const burns = 'ALERTS{alertname="ABErrorBudgetBurn",severity="page",alertstate="firing"}';
const explanations = 'ALERTS{alertname="ABErrorsExplained",alertstate="firing"}';
/** Somebody would be told. */
const unmuted = `${burns} unless on (job, slo, window) ${explanations}`;

/** The windows of the pages about the budget and of those that are not muted, at any time from the fault's begin on. */
function pages(collected: Collected): Record<"burning" | "unmuted", Set<string | undefined>> {
  const ever = (expression: string, name: string) =>
    `label_replace(count by (window) (count_over_time((${expression})[70m:30s])), "is", "${name}", "", "")`;
  const found = evaluate(
    { file, rules, collected: { ...gateway, ...collected }, step },
    `${ever(burns, "burning")} or ${ever(unmuted, "unmuted")}`,
    end,
  );
  const windows = (name: string) =>
    new Set(found.filter(({ labels }) => labels.is === name).map(({ labels }) => labels.window));
  return { burning: windows("burning"), unmuted: windows("unmuted") };
}

const BOTH = new Set(["1h", "6h"]);
const NONE = new Set<string>();

test("while a worker is down, and until its errors have left the windows, its errors are explained", () => {
  const outage = {
    ...{ ...worker("a", false), ...worker("b", true) },
    ...{ ...requests("a", 0), ...requests("b", 10), ...requests("none", 0) },
  };
  assert.deepEqual(pages(outage), { burning: BOTH, unmuted: NONE });
});

test("both workers down are explained too", () => {
  const outage = {
    ...{ ...worker("a", true), ...worker("b", true) },
    ...{ ...requests("a", 10), ...requests("b", 10), ...requests("none", 0) },
  };
  assert.deepEqual(pages(outage), { burning: BOTH, unmuted: NONE });
});

test("errors of the other variant at the same time are not explained", () => {
  const both = {
    ...{ ...worker("a", false), ...worker("b", true) },
    ...{ ...requests("a", 2), ...requests("b", 10) },
  };
  assert.deepEqual(pages(both), { burning: BOTH, unmuted: BOTH });
});

test("errors that another worker of the same variant answers are not explained by the one that is down", () => {
  const fleet = {
    ...{ ...worker("a", false), ...worker("b", true, 1), ...worker("b", false, 2) },
    ...{ ...requests("a", 0), ...requests("b", 5) },
  };
  assert.deepEqual(pages(fleet), { burning: BOTH, unmuted: BOTH });
});

test("all workers of a variant down explain its errors", () => {
  const fleet = {
    ...{ ...worker("a", false), ...worker("b", true, 1), ...worker("b", true, 2) },
    ...{ ...requests("a", 0), ...requests("b", 10) },
  };
  assert.deepEqual(pages(fleet), { burning: BOTH, unmuted: NONE });
});

test("errors of requests that were never assigned are not explained", () => {
  const both = {
    ...{ ...worker("a", false), ...worker("b", true) },
    ...{ ...requests("a", 0), ...requests("b", 10), ...requests("none", 3) },
  };
  assert.deepEqual(pages(both), { burning: BOTH, unmuted: BOTH });
});

test("errors of a variant whose worker answers Prometheus are not explained", () => {
  const ill = {
    ...{ ...worker("a", false), ...worker("b", false) },
    ...{ ...requests("a", 0), ...requests("b", 10) },
  };
  assert.deepEqual(pages(ill), { burning: BOTH, unmuted: BOTH });
});

test("TargetDown of a worker says which model is lost, also of one that was never met", () => {
  const down = { ...gateway, ...worker("b", true), 'up{job="sentiment-worker",instance="new:1"}': "0+0x300" };
  const found = evaluate(
    { file, rules, collected: down, step },
    'ALERTS{alertname="TargetDown",alertstate="firing"}',
    "55m",
  );
  assert.deepEqual(
    new Set(found.map(({ labels }) => [labels.instance, labels.model_version].join(" "))),
    new Set(["b:1 b", "new:1 "]),
  );
});

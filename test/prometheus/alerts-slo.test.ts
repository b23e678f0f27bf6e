import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { writeRuleFiles } from "../../prometheus/src/write.ts";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, evaluate, firing, rising } from "./rule-test.ts";

before(assertInstalled);

const file = "rules/slo.yml";
/** Steps of what lasts hours, and days: fine enough for a rate over five minutes. */
const SECONDS = "30s";
const MINUTES = "2m";

/** Requests per step: answered, failed; each for so many steps. */
function answers(...stretches: readonly (readonly [ok: number, failed: number, steps: number])[]): Collected {
  const of = (status: string) => `{job="ab-proxy",model_version="a",status="${status}"}`;
  const column = (take: (ok: number, failed: number) => number) =>
    rising(...stretches.map(([ok, failed, steps]) => [take(ok, failed), steps] as const));
  return {
    [`ab_requests_total${of("200")}`]: column((ok) => ok),
    [`ab_requests_total${of("503")}`]: column((_, failed) => failed),
  };
}

/** 200s per step: within half a second, and slower; each for so many steps. */
function latencies(
  ...stretches: readonly (readonly [fast: number, slow: number, steps: number])[]
): Collected {
  const column = (take: (fast: number, slow: number) => number) =>
    rising(...stretches.map(([fast, slow, steps]) => [take(fast, slow), steps] as const));
  const labels = 'job="ab-proxy",model_version="a",status="200"';
  return {
    [`ab_requests_total{${labels}}`]: column((fast, slow) => fast + slow),
    [`ab_request_duration_seconds_bucket{${labels},le="0.5"}`]: column((fast) => fast),
    [`ab_request_duration_seconds_bucket{${labels},le="0.63"}`]: column((fast, slow) => fast + slow),
    [`ab_request_duration_seconds_count{${labels}}`]: column((fast, slow) => fast + slow),
  };
}

/** `alert severity window` of those that fire. */
function burning(collected: Collected, step: string, at: string): string[] {
  return firing({ file, collected, step, evaluation: step === MINUTES ? "20m" : "1m" }, at)
    .map(({ alertname, severity, window }) => `${alertname} ${severity} ${window}`)
    .sort();
}

const cases: readonly [what: string, Collected, step: string, at: string, expected: string[]][] = [
  [
    "ten errors to a hundred answers after a clean hour are a page, of both windows",
    answers([100, 0, 120], [100, 10, 140]),
    SECONDS,
    "2h",
    ["ABErrorBudgetBurn page 1h", "ABErrorBudgetBurn page 6h"],
  ],
  ["a clean hour is quiet", answers([100, 0, 240]), SECONDS, "2h", []],
  [
    "half of the requests failing is a page within minutes",
    answers([50, 0, 120], [50, 50, 20]),
    SECONDS,
    "70m",
    ["ABErrorBudgetBurn page 1h"],
  ],
  [
    "what is over is quiet, though the hour is still bad",
    answers([50, 0, 120], [50, 50, 20], [50, 0, 100]),
    SECONDS,
    "112m",
    [],
  ],
  [
    "nine of ten requests failing is quiet where there are few of them",
    answers([0.02, 0.18, 240]),
    SECONDS,
    "2h",
    [],
  ],
  ["nothing at all is quiet", answers([0, 0, 240]), SECONDS, "2h", []],
  [
    "two per cent of errors are a ticket after a day, and no page",
    answers([980, 20, 1200]),
    MINUTES,
    "40h",
    ["ABErrorBudgetBurn ticket 1d", "ABErrorBudgetBurn ticket 3d"],
  ],
  [
    "one per cent of errors is a ticket of the three days alone",
    answers([990, 10, 2400]),
    MINUTES,
    "80h",
    ["ABErrorBudgetBurn ticket 3d"],
  ],
  ["half of the budget is quiet for three days", answers([9975, 25, 2400]), MINUTES, "80h", []],
  [
    "one in five slow is a page",
    latencies([100, 0, 120], [80, 20, 140]),
    SECONDS,
    "2h",
    ["ABLatencyBudgetBurn page 1h", "ABLatencyBudgetBurn page 6h"],
  ],
  [
    "all slow is a page within minutes",
    latencies([50, 0, 120], [0, 50, 24]),
    SECONDS,
    "72m",
    ["ABLatencyBudgetBurn page 1h"],
  ],
  [
    "four per cent slow are a ticket after a day",
    latencies([960, 40, 1200]),
    MINUTES,
    "40h",
    ["ABLatencyBudgetBurn ticket 1d", "ABLatencyBudgetBurn ticket 3d"],
  ],
  ["half of a per cent slow is quiet", latencies([995, 5, 2400]), MINUTES, "80h", []],
  ["a few slow ones are quiet", latencies([0, 0.2, 240]), SECONDS, "2h", []],
];
for (const [what, collected, step, at, expected] of cases)
  test(what, () => assert.deepEqual(burning(collected, step, at), expected));

test("a scanner's refusals are no requests of which one slow answer is a share", () => {
  const gateway = 'job="ab-proxy",instance="p:1"';
  const collected = {
    [`ab_requests_total{${gateway},model_version="none",status="404"}`]: rising([50, 240]),
    [`ab_requests_total{${gateway},model_version="a",status="200"}`]: rising([0, 200], [1, 20], [0, 20]),
    [`ab_request_duration_seconds_count{${gateway},model_version="a",status="200"}`]: rising(
      ...([
        [0, 200],
        [1, 20],
        [0, 20],
      ] as const),
    ),
    [`ab_request_duration_seconds_bucket{${gateway},model_version="a",status="200",le="0.5"}`]: rising([
      0, 240,
    ]),
  };
  for (const minutes of [102, 104, 106, 108, 110, 112])
    assert.deepEqual(burning(collected, SECONDS, `${minutes}m`), [], `after ${minutes} min`);
});

test("one error among a hundred requests is quiet, a dozen among six hundred are a ticket of the three days", async (t) => {
  // Counts stand on the pause between evaluations, so the rules are evaluated at their own pace, in compressed time.
  const rules = await mkdtemp(join(tmpdir(), "blindsplit-slo-"));
  t.after(() => rm(rules, { recursive: true }));
  await writeRuleFiles(rules, { timeScale: 1 / 30 });
  const failing = (job: string, errors: number, requestsPerHour: number) => ({
    // A step is two and a half minutes.
    [`ab_requests_total{job="${job}",model_version="a",status="200"}`]: rising([requestsPerHour / 24, 400]),
    [`ab_requests_total{job="${job}",model_version="a",status="500"}`]: rising(
      [0, 300],
      [1, errors],
      [0, 100 - errors],
    ),
  });
  const collected = { ...failing("few", 1, 8), ...failing("more", 12, 40) };
  assert.deepEqual(
    firing({ file, rules, collected, step: "5s" }, `${5 * 390}s`).map(({ job, window }) => [job, window]),
    [["more", "3d"]],
  );
});

test("a request that nobody was assigned to spends the budget too", () => {
  const collected = {
    'ab_requests_total{job="ab-proxy",model_version="a",status="200"}': rising([50, 240]),
    'ab_requests_total{job="ab-proxy",model_version="none",status="503"}': rising([50, 240]),
  };
  assert.ok(burning(collected, SECONDS, "2h").includes("ABErrorBudgetBurn page 1h"));
});

test("a gateway that starts again does not count as an error, nor its counters as requests", () => {
  const collected = {
    'ab_requests_total{job="ab-proxy",model_version="a",status="200"}': rising([50, 100], "reset", [50, 100]),
    'ab_requests_total{job="ab-proxy",model_version="a",status="503"}': rising([0, 100], "reset", [0, 100]),
  };
  assert.deepEqual(burning(collected, SECONDS, "90m"), []);
});

test("requests over an hour are counted to within some per cent", () => {
  const [found] = evaluate(
    { file, collected: answers([30, 0, 300]), step: "30s" },
    "job:ab_requests:increase1h",
    "2h",
  );
  assert.ok(Math.abs((found?.value ?? 0) - 3600) < 100, String(found?.value));
});

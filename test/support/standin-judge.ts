import type { TestContext } from "node:test";
import { maskVerdict } from "../../analysis/src/verdict/mask.ts";
import type { MetricComparison, Verdict } from "../../analysis/src/verdict/verdict.ts";
import { startUpstream } from "./upstream.ts";

const STEP_MS = 300_000;

/** Of the experiment of `configuration()`: two looks' worth of two variants that do not differ yet. */
export function exampleVerdict(
  [control, treatment]: readonly [string, string],
  change: Partial<Verdict> = {},
): Verdict {
  const at = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const summary = (name: string, role: "control" | "treatment") => ({
    ...{ name, role, exposures: 12_345, expected: 12_400, errors: 31, slow: 17 },
    ...{ outcomes: { correct: 4_000 }, coverage: null, classification: null, regression: null },
  });
  return {
    schema: 1,
    experiment: "test",
    phase: 1,
    configHashes: ["0123456789ab"],
    analysisHash: "f".repeat(64),
    at,
    since: at - 41 * STEP_MS,
    endsAt: at + 29 * 86_400_000,
    looks: 41,
    answer: "not_enough_data",
    treatment: null,
    decidedAt: null,
    headline: "Not enough data to decide on the macro recall (about 4 more days).",
    reasons: [],
    daysLeft: 3.2,
    metric: "macro_recall",
    direction: "increase",
    margin: 0.01,
    alpha: 0.05,
    variants: [summary(control, "control"), summary(treatment, "treatment")],
    validity: {
      sampleRatio: { check: "ok", logLikelihoodRatio: -1.5, limit: 6.908, failedAt: null },
      whale: { check: "ok", largestShare: 0.02, limit: 0.1 },
      missing: { check: "ok", steps: 0, of: 41 },
      comparable: { check: "ok", differences: [] },
      contamination: { requests: 3, share: 0.0001 },
      coverage: { check: "ok", difference: null },
      incorrectOnly: false,
    },
    comparisons: [
      {
        treatment,
        control,
        metrics: [
          exampleMetric({}),
          exampleMetric({
            ...{ metric: "error_ratio", kind: "guardrail", direction: "decrease", margin: 0.005 },
            ...{ difference: { value: 0.0004, low: -0.002, high: 0.0028 }, decision: "holds" },
          }),
          exampleMetric({
            ...{ metric: "slow_ratio", kind: "guardrail", direction: "decrease", margin: 0.01 },
            ...{ difference: { value: 0.006, low: -0.004, high: 0.016 }, decision: "open" },
          }),
        ],
      },
    ],
    costs: [],
    agreements: [],
    stopped: [],
    ...change,
  };
}

export function exampleMetric(change: Partial<MetricComparison>): MetricComparison {
  return {
    metric: "macro_recall",
    kind: "primary",
    direction: "increase",
    margin: 0.01,
    alpha: 0.05,
    control: 0.612,
    treatment: 0.634,
    difference: { value: 0.022, low: -0.008, high: 0.052 },
    pooledDifference: 0.021,
    standardErrors: { clustered: 0.011, block: 0.009 },
    logLikelihoodRatio: 1.2,
    pValue: 0.31,
    naivePValue: 0.04,
    decision: "open",
    decidedAt: null,
    history: [],
    ...change,
  };
}

export interface StandinJudge {
  readonly url: string;
  /** What it says from now on; undefined is a judge that fails. */
  verdict: Verdict | undefined;
  /** Paths that were asked for, with the token that came along. */
  readonly asked: { readonly path: string; readonly token: string | undefined }[];
}

/** A judge as far as the live page sees it, until the test ends. @param letters by variant */
export async function startStandinJudge(
  t: TestContext,
  letters: ReadonlyMap<string, string>,
  verdict: Verdict | undefined,
): Promise<StandinJudge> {
  const asked: StandinJudge["asked"] = [];
  const { url } = await startUpstream(t, ({ url: path = "", headers }, response) => {
    asked.push({ path, token: headers.authorization });
    const said = judge.verdict;
    if (said === undefined) return void response.writeHead(503).end();
    const answers = new Map<string, () => unknown>([
      ["/verdict", () => maskVerdict(said, letters)],
      ["/verdict/open", () => said],
    ]);
    const answer = answers.get(path);
    if (answer === undefined) return void response.writeHead(404).end();
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer()));
  });
  const judge: StandinJudge = { url, verdict, asked };
  return judge;
}

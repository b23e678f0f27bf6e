import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { maskVerdict } from "../../analysis/src/verdict/mask.ts";
import type { MetricComparison, Verdict } from "../../analysis/src/verdict/verdict.ts";
import { startUpstream } from "./upstream.ts";
import { sampleVerdict } from "./verdicts.ts";

const STEP_MS = 300_000;

/** On the experiment of `configuration()`, of a moment ago: nothing is decided. */
export function exampleVerdict(names: readonly [string, string], change: Partial<Verdict> = {}): Verdict {
  const sample = sampleVerdict({ answer: "not_enough_data", names, metric: "macro_recall" });
  const [control, treatment] = names;
  return {
    ...sample,
    experiment: "test",
    phase: 1,
    at: Math.floor(Date.now() / STEP_MS) * STEP_MS,
    looks: 41,
    headline: "Not enough data to decide on the macro recall (about 4 more days).",
    daysLeft: 3.2,
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
    ...change,
  };
}

/** Of the primary metric, still open. */
export function exampleMetric(change: Partial<MetricComparison>): MetricComparison {
  const [primary] = sampleVerdict({ answer: "not_enough_data", metric: "macro_recall" }).comparisons.flatMap(
    ({ metrics }) => metrics,
  );
  assert.ok(primary);
  return { ...primary, difference: { value: 0.022, low: -0.008, high: 0.052 }, ...change };
}

export interface VerdictServer {
  readonly url: string;
  /** What it says from now on; undefined is a judge that fails. */
  verdict: Verdict | undefined;
  /** Paths that were asked for, with the token that came along. */
  readonly asked: readonly { readonly path: string; readonly token: string | undefined }[];
}

/** A judge as far as the live page sees it, until the test ends. @param letters by variant */
export async function startVerdictServer(
  t: TestContext,
  letters: ReadonlyMap<string, string>,
  verdict: Verdict | undefined,
): Promise<VerdictServer> {
  const asked: VerdictServer["asked"][number][] = [];
  const { url } = await startUpstream(t, ({ url: path = "", headers }, response) => {
    asked.push({ path, token: headers.authorization });
    const said = server.verdict;
    if (said === undefined) return void response.writeHead(503).end();
    const answers = new Map<string, () => unknown>([
      ["/verdict", () => maskVerdict(said, letters)],
      ["/verdict/open", () => said],
    ]);
    const answer = answers.get(path);
    if (answer === undefined) return void response.writeHead(404).end();
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer()));
  });
  const server: VerdictServer = { url, verdict, asked };
  return server;
}

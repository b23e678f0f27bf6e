import { createRandom } from "../support/random.ts";
import { planWith } from "./plan.ts";
import { atLeast, atMost, mean, Share } from "./share.ts";
import { primaryOf, type Study, seedOf } from "./study.ts";
import { CALM, live, type World } from "./world.ts";

const STEP_MS = 3_600_000;
const EFFECT = 0.04;
/** Weights change three times while the rates double: pooled, the variant that got its traffic late looks better. */
const RAMP: Partial<World> = {
  weights: new Map([
    [0, [90, 10]],
    [12, [70, 30]],
    [24, [50, 50]],
    [35, [20, 80]],
  ]),
  drift: (look) => 0.6 + (0.8 * look) / CALM.looks,
};

/** No difference, and one of 4 percentage points at the drift's middle, while weights and rates change. */
export const studyStrata: Study = async (options) => {
  const none = await run(options, 0);
  const some = await run(options, EFFECT);
  return {
    lines: [...none.lines, ...some.lines],
    promises: [
      atMost("no effect: false verdicts", none.falseVerdicts, 0.05),
      atLeast("no effect: interval holds the truth at every look", none.covered, 0.95),
      atLeast("effect: interval holds the truth at every look", some.covered, 0.95),
      atMost("sample ratio alarms", none.mismatched, 0.005),
    ],
  };
};

async function run(options: Parameters<Study>[0], effect: number) {
  const plan = planWith(
    { metric: "conversion", direction: "increase", margin: 0.01, tau: 0.03, guardrails: [] },
    STEP_MS,
  );
  const falseVerdicts = new Share();
  const better = new Share();
  const covered = new Share();
  const mismatched = new Share();
  const pooledApart = new Share();
  const stratified: number[] = [];
  const pooled: number[] = [];
  for (let number = 0; number < options.runs; number++) {
    const random = createRandom(seedOf(options, number));
    let isCovered = true;
    let isPooledApart = false;
    let isMismatched = false;
    let last: ReturnType<typeof primaryOf> | undefined;
    await live(
      { ...CALM, ...RAMP, effect, isText: options.isText || number === 0 },
      [plan],
      random,
      (_, __, [verdict]) => {
        if (verdict === undefined) return true;
        isMismatched ||= verdict.validity.sampleRatio.check === "failed";
        last = primaryOf(verdict);
        const { difference, pooledDifference } = last;
        if (difference === null || pooledDifference === null) return false;
        isCovered &&= difference.low <= effect && difference.high >= effect;
        // The same width around the pooled estimate.
        isPooledApart ||= Math.abs(pooledDifference - effect) > (difference.high - difference.low) / 2;
        return false;
      },
    );
    falseVerdicts.add(last?.decision === "better" || last?.decision === "worse");
    better.add(last?.decision === "better");
    covered.add(isCovered);
    mismatched.add(isMismatched);
    pooledApart.add(isPooledApart);
    if (last?.difference != null) stratified.push(last.difference.value);
    if (last?.pooledDifference != null) pooled.push(last.pooledDifference);
    if ((number + 1) % 100 === 0) options.say(`${number + 1} runs with effect ${effect}`);
  }
  return {
    falseVerdicts,
    covered,
    mismatched,
    lines: [
      `effect ${effect}: mean stratified estimate ${mean(stratified).toFixed(5)}, mean pooled estimate ${mean(pooled).toFixed(5)}`,
      `effect ${effect}: an interval of the same width around the pooled estimate misses the truth at some look: ${pooledApart}`,
      `effect ${effect}: found better: ${better}`,
    ],
  };
}

import { studentSurvival } from "../../analysis/src/statistics/distributions.ts";
import { createRandom } from "../support/random.ts";
import { planWith } from "./plan.ts";
import { atLeast, atMost, mean, median, Share } from "./share.ts";
import { primaryOf, type Study, seedOf } from "./study.ts";
import { CALM, live } from "./world.ts";

const STEP_MS = 3_600_000;
const EFFECT = 0.04;

/**
 * The treatment converts 4 percentage points more. How often is that found, how soon, beside a test with one look at the
 * end; and does the interval hold the truth?
 */
export const studyAb: Study = async (options) => {
  const plan = planWith(
    { metric: "conversion", direction: "increase", margin: 0.01, tau: 0.03, guardrails: [] },
    STEP_MS,
  );
  const better = new Share();
  const wrong = new Share();
  const fixed = new Share();
  const covered = new Share();
  const coveredAtEnd = new Share();
  const looks: number[] = [];
  const estimates: number[] = [];
  for (let run = 0; run < options.runs; run++) {
    const random = createRandom(seedOf(options, run));
    let isCovered = true;
    let last: ReturnType<typeof primaryOf> | undefined;
    let decided: number | undefined;
    await live(
      { ...CALM, effect: EFFECT, isText: options.isText || run === 0 },
      [plan],
      random,
      (look, _, [verdict]) => {
        if (verdict === undefined) return true;
        last = primaryOf(verdict);
        const { difference, decision } = last;
        if (decision !== "open") decided ??= look + 1;
        if (difference !== null) isCovered &&= difference.low <= EFFECT && difference.high >= EFFECT;
        return false;
      },
    );
    better.add(last?.decision === "better");
    wrong.add(last?.decision === "worse" || last?.decision === "no_difference");
    covered.add(isCovered);
    const { difference, standardErrors } = last ?? {};
    if (difference != null && standardErrors != null) {
      coveredAtEnd.add(difference.low <= EFFECT && difference.high >= EFFECT);
      fixed.add(2 * studentSurvival(Math.abs(difference.value) / standardErrors.clustered, 99) < 0.05);
      estimates.push(difference.value);
    }
    if (last?.decision === "better" && decided !== undefined) looks.push(decided);
    if ((run + 1) % 100 === 0) options.say(`${run + 1} runs: better ${better.count}`);
  }
  return {
    lines: [
      `found better within ${CALM.looks} looks: ${better}`,
      `median look of the decision, where it fell: ${median(looks)} of ${CALM.looks}`,
      `clustered t test with one look at the end: ${fixed}`,
      `interval holds the truth at the last look: ${coveredAtEnd}`,
      `mean estimate at the last look: ${mean(estimates).toFixed(5)}, truth ${EFFECT}`,
    ],
    promises: [
      atLeast("interval holds the truth at every look", covered, 0.95),
      atMost("worse, or no difference", wrong, 0.05),
    ],
  };
};

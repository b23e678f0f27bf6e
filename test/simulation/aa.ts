import { createRandom } from "../support/random.ts";
import { planWith } from "./plan.ts";
import { atLeast, atMost, Share } from "./share.ts";
import { guardrailsOf, primaryOf, type Study, seedOf } from "./study.ts";
import { CALM, live } from "./world.ts";

const STEP_MS = 3_600_000;
/** What reads off the naive p-value at every look does. */
const NAIVE_ALPHA = 0.05;

class Tally {
  readonly falseVerdicts = new Share();
  readonly naive = new Share();
  readonly covered = new Share();
  readonly coveredAtEnd = new Share();
  readonly noDifference = new Share();
}

/**
 * No difference between the variants: 5,000 users of heavy-tailed diligence who come back, a worker that restarts once
 * and fails meanwhile, the gateway that restarts once, 46 looks. How often is a difference found?
 */
export const studyAa: Study = async (options) => {
  const metrics = ["error_ratio", "conversion"] as const;
  const guardrails = [{ metric: "error_ratio" as const, direction: "decrease" as const, margin: 0 }];
  const plans = [
    planWith({ metric: "error_ratio", direction: "decrease", guardrails }, STEP_MS),
    planWith({ metric: "conversion", direction: "increase", guardrails }, STEP_MS),
  ];
  const tallies = metrics.map(() => new Tally());
  const breached = new Share();
  const mismatched = new Share();
  for (let run = 0; run < options.runs; run++) {
    const random = createRandom(seedOf(options, run));
    const world = {
      ...CALM,
      isText: options.isText || run === 0,
      gatewayRestart: Math.floor(random() * CALM.looks),
    };
    const seen = metrics.map(() => ({ naive: false, covered: true, coveredAtEnd: true }));
    let last = plans.map(() => undefined as ReturnType<typeof primaryOf> | undefined);
    let isBreached = false;
    let isMismatched = false;
    await live(world, plans, random, (_, __, verdicts) => {
      last = verdicts.map(primaryOf);
      for (const [index, primary] of verdicts.map(primaryOf).entries()) {
        const one = seen[index] as (typeof seen)[number];
        const { difference, naivePValue } = primary;
        if (difference === null) continue;
        if (naivePValue !== null && naivePValue < NAIVE_ALPHA) one.naive = true;
        one.coveredAtEnd = difference.low <= 0 && difference.high >= 0;
        one.covered &&= one.coveredAtEnd;
      }
      isBreached ||= verdicts.some((verdict) =>
        guardrailsOf(verdict).some(({ decision }) => decision === "breached"),
      );
      isMismatched ||= verdicts.some(({ validity }) => validity.sampleRatio.check === "failed");
      return false;
    });
    for (const [index, tally] of tallies.entries()) {
      const decision = last[index]?.decision;
      const one = seen[index] as (typeof seen)[number];
      tally.falseVerdicts.add(decision === "better" || decision === "worse");
      tally.noDifference.add(decision === "no_difference");
      tally.naive.add(one.naive);
      tally.covered.add(one.covered);
      tally.coveredAtEnd.add(one.coveredAtEnd);
    }
    breached.add(isBreached);
    mismatched.add(isMismatched);
    if ((run + 1) % 100 === 0)
      options.say(
        `${run + 1} runs: false verdicts ${tallies.map(({ falseVerdicts }) => falseVerdicts.count)}`,
      );
  }
  return {
    lines: metrics.flatMap((metric, index) => {
      const tally = tallies[index] as Tally;
      return [
        `${metric}: naive z below ${NAIVE_ALPHA} at some look: ${tally.naive}`,
        `${metric}: interval holds 0 at the last look: ${tally.coveredAtEnd}`,
        `${metric}: no difference beyond the margin: ${tally.noDifference}`,
      ];
    }),
    promises: [
      ...metrics.flatMap((metric, index) => {
        const tally = tallies[index] as Tally;
        return [
          atMost(`${metric}: false verdicts`, tally.falseVerdicts, 0.05),
          atLeast(`${metric}: interval holds 0 at every look`, tally.covered, 0.95),
        ];
      }),
      atMost("guardrail of margin 0 breached", breached, 0.05),
      atMost("sample ratio alarms", mismatched, 0.005),
    ],
  };
};

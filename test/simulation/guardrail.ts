import { createRandom } from "../support/random.ts";
import { planWith } from "./plan.ts";
import { atLeast, atMost, median, Share } from "./share.ts";
import { guardrailsOf, type Study, seedOf } from "./study.ts";
import { CALM, live, type World } from "./world.ts";

const STEP_MS = 300_000;
const LOOKS = (30 * 86_400_000) / STEP_MS;
/** Errors of half a per cent, and a worker of each variant that restarts every second day and fails some 15 requests. */
const REALISTIC: Partial<World> = {
  looks: LOOKS,
  requests: 60,
  failure: 0.005,
  conversion: 0,
  burst: 15,
  restartsPerLook: 1 / 576,
  hasRestart: false,
};

/** Thirty days at five minutes a look: healthy twins, and a treatment that fails a fifth of its requests from a day on. */
export const studyGuardrail: Study = async (options) => {
  const margins = [0.005, 0];
  const plans = margins.map((margin) =>
    planWith({ guardrails: [{ metric: "error_ratio", direction: "decrease", margin }] }, STEP_MS),
  );
  const stops = margins.map(() => new Share());
  for (let run = 0; run < options.runs; run++) {
    const breached = margins.map(() => false);
    const world = { ...CALM, ...REALISTIC, isText: options.isText };
    await live(world, plans, createRandom(seedOf(options, run)), (_, __, verdicts) => {
      for (const [index, verdict] of verdicts.entries())
        if (guardrailsOf(verdict).some(({ decision }) => decision === "breached")) breached[index] = true;
      return breached.every(Boolean);
    });
    for (const [index, isBreached] of breached.entries()) stops[index]?.add(isBreached);
    if ((run + 1) % 10 === 0)
      options.say(`${run + 1} runs: ${stops.map(({ count }) => count).join(", ")} stops`);
  }
  return {
    lines: [],
    promises: margins.map((margin, index) =>
      atMost(`healthy, margin ${margin}: false stops`, stops[index] as Share, 0.05),
    ),
  };
};

void atLeast;
void median;

import { createRandom } from "../support/random.ts";
import { planWith } from "./plan.ts";
import { atLeast, atMost, median, Share } from "./share.ts";
import { guardrailsOf, type Study, seedOf } from "./study.ts";
import { CALM, live, type World } from "./world.ts";

const STEP_MS = 300_000;
const LOOKS_A_DAY = 86_400_000 / STEP_MS;
const HARM = 0.2;
/** Errors of half a per cent, and workers that each restart every second day and fail some fifteen requests. */
const REALISTIC: Partial<World> = {
  looks: 30 * LOOKS_A_DAY,
  requests: 60,
  failure: 0.005,
  conversion: 0,
  burst: 15,
  restartsPerLook: 1 / (2 * LOOKS_A_DAY),
  hasRestart: false,
};

/** At five minutes a look: thirty days of healthy twins, and treatments that begin to fail a fifth of their requests. */
export const studyGuardrail: Study = async (options) => {
  const stops = new Share();
  const strict = planWith(
    { guardrails: [{ metric: "error_ratio", direction: "decrease", margin: 0 }] },
    STEP_MS,
  );
  for (let run = 0; run < options.runs; run++) {
    stops.add(
      (await stopOf({ ...CALM, ...REALISTIC, isText: options.isText }, strict, seedOf(options, run))) > 0,
    );
    if ((run + 1) % 10 === 0) options.say(`${run + 1} runs: ${stops.count} stops`);
  }
  const plan = planWith({}, STEP_MS);
  const found = new Share();
  const lines: string[] = [];
  for (const begin of [0, 1, 10] as const) {
    const looks: number[] = [];
    for (let run = 0; run < Math.ceil(options.runs / 4); run++) {
      const harmfulFrom = Math.floor((begin + 0.5) * LOOKS_A_DAY) * Math.sign(begin);
      const world = { ...CALM, ...REALISTIC, looks: harmfulFrom + LOOKS_A_DAY, harm: HARM, harmfulFrom };
      const stop = await stopOf(world, plan, seedOf(options, run));
      found.add(stop > harmfulFrom);
      if (stop > harmfulFrom) looks.push(stop - harmfulFrom);
    }
    const when = begin === 0 ? "the start" : `the middle of day ${begin + 1}`;
    lines.push(
      `a fifth of the requests fails from ${when}: stopped after ${median(looks)} looks (median), ${Math.max(...looks)} at most`,
    );
  }
  return {
    lines,
    promises: [
      atMost("healthy twins, margin 0: false stops", stops, 0.05),
      atLeast("a fifth fails: stopped within a day", found, 0.95),
    ],
  };
};

/** Number of the look at which the treatment is stopped, from 1; 0 where it never is. */
async function stopOf(world: World, plan: ReturnType<typeof planWith>, seed: number): Promise<number> {
  let stoppedAt = 0;
  await live(world, [plan], createRandom(seed), (look, _, [verdict]) => {
    if (verdict === undefined || !guardrailsOf(verdict).some(({ decision }) => decision === "breached"))
      return false;
    stoppedAt = look + 1;
    return true;
  });
  return stoppedAt;
}

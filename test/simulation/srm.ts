import { createRandom } from "../support/random.ts";
import { planWith } from "./plan.ts";
import { atLeast, atMost, median, Share } from "./share.ts";
import { type Study, seedOf } from "./study.ts";
import { CALM, live, type World } from "./world.ts";

const STEP_MS = 3_600_000;
const RAMP: Partial<World> = {
  weights: new Map([
    [0, [90, 10]],
    [15, [50, 50]],
  ]),
};

/** Sound experiments, and ones in which a tenth of one variant's callers are gone before the answer. */
export const studySrm: Study = async (options) => {
  const clean = await run(options, { leaving: [true, true], impatient: 0.03, isBurstSilent: true });
  const ramp = await run(options, RAMP);
  const fewer = { ...options, runs: Math.ceil(options.runs / 5) };
  const treatment = await run(fewer, { leaving: [false, true], impatient: 0.1 });
  const control = await run(fewer, { leaving: [true, false], impatient: 0.1 });
  const single = await run(fewer, { leaving: [false, true], impatient: 0.1, visit: 1, spread: 0.5 });
  const found = (name: string, { alarms, requests }: typeof clean) =>
    `${name}: found ${alarms}, after ${median(requests) ?? "no"} requests (median)`;
  return {
    lines: [
      found("a tenth of the treatment's callers gone", treatment),
      found("a tenth of the control's callers gone", control),
      found("a tenth of the treatment's callers gone, users who hardly differ", single),
    ],
    promises: [
      atMost(
        "sound, 3 % of callers of both variants leave and a restart loses some of one: false alarms",
        clean.alarms,
        0.005,
      ),
      atMost("sound, weights changed: false alarms", ramp.alarms, 0.005),
      atLeast("users who hardly differ: found", single.alarms, 0.9),
    ],
  };
};

async function run(options: Parameters<Study>[0], changes: Partial<World>) {
  const plan = planWith({ guardrails: [] }, STEP_MS);
  const alarms = new Share();
  const requests: number[] = [];
  for (let number = 0; number < options.runs; number++) {
    let isFound = false;
    const world = { ...CALM, ...changes, conversion: 0, isText: options.isText };
    await live(world, [plan], createRandom(seedOf(options, number)), (_, count, [verdict]) => {
      isFound = verdict?.validity.sampleRatio.check === "failed";
      if (isFound) requests.push(count);
      return isFound;
    });
    alarms.add(isFound);
  }
  options.say(`${JSON.stringify(changes)}: ${alarms}`);
  return { alarms, requests };
}

import { Ledger } from "../../analysis/src/evidence/ledger.ts";
import type { Plan } from "../../analysis/src/evidence/plan.ts";
import { createJudgement } from "../../analysis/src/verdict/judgement.ts";
import type { Verdict } from "../../analysis/src/verdict/verdict.ts";
import type { Random } from "../support/random.ts";
import { drawGeometric, drawPoisson } from "./draw.ts";
import { SimulatedGateway } from "./gateway.ts";
import { createPopulation, type PopulationShape } from "./population.ts";

/** What happens in one simulated experiment. */
export interface World extends PopulationShape {
  readonly looks: number;
  /** Requests expected between two looks. */
  readonly requests: number;
  /** Requests of one visit, on average: they come together, of one user. */
  readonly visit: number;
  /** What the treatment adds to the share of conversions, and of failures. */
  readonly effect: number;
  readonly harm: number;
  /** Look from which on it does harm. */
  readonly harmfulFrom: number;
  /** Rates are multiplied by this at a look. */
  readonly drift: (look: number) => number;
  /** From the look of a restart on the worker's next so many requests fail. */
  readonly burst: number;
  /** Restarts of the variants' workers between two looks, each. */
  readonly restartsPerLook: number;
  /** One restart of a worker, whenever, beside those. */
  readonly hasRestart: boolean;
  /** Look at which the gateway itself begins anew; undefined is never. */
  readonly gatewayRestart: number | undefined;
  /** Weights from a look on. */
  readonly weights: ReadonlyMap<number, readonly [number, number]>;
  /** Of each variant, whether its impatient users leave before the answer. */
  readonly leaving: readonly [boolean, boolean];
  /** Whether callers leave before the answer during a restart, instead of getting a 5xx. */
  readonly isBurstSilent: boolean;
  /** Whether counters go through the text of `/metrics`. */
  readonly isText: boolean;
}

export const CALM: World = {
  users: 5000,
  spread: 1.5,
  failure: 0.05,
  conversion: 0.12,
  impatient: 0,
  looks: 46,
  requests: 1000,
  visit: 3,
  effect: 0,
  harm: 0,
  harmfulFrom: 0,
  drift: () => 1,
  burst: 60,
  restartsPerLook: 0,
  hasRestart: true,
  gatewayRestart: undefined,
  weights: new Map(),
  leaving: [false, false],
  isBurstSilent: false,
  isText: false,
};

/** Told after each look: how many requests there were, and what each plan's judgement says. Ends the experiment by true. */
export type Watch = (look: number, requests: number, verdicts: readonly Verdict[]) => boolean;

/** Lives through one experiment, judged by each of the plans; they have one step. */
export async function live(
  world: World,
  plans: readonly Plan[],
  random: Random,
  watch: Watch,
): Promise<void> {
  const population = createPopulation(world, random);
  const gateway = new SimulatedGateway(`salt-${Math.floor(random() * 2 ** 32)}`);
  const judges = plans.map((plan) => ({ ledger: new Ledger(plan), judgement: createJudgement(plan) }));
  const stepMs = plans[0]?.stepMs ?? 0;
  const restart = { look: Math.floor(random() * world.looks), variant: random() < 0.5 ? 0 : 1 };
  const failing = [0, 0];
  let requests = 0;
  try {
    for (let look = 0; look < world.looks; look++) {
      const weights = world.weights.get(look);
      if (weights !== undefined) gateway.reload(weights);
      if (world.gatewayRestart === look) gateway.restart();
      for (const variant of [0, 1] as const)
        failing[variant] =
          (failing[variant] as number) +
          world.burst * drawPoisson(random, world.restartsPerLook) +
          (world.hasRestart && restart.look === look && restart.variant === variant ? world.burst : 0);
      requests += livePeriod(world, look, gateway, population, failing, random);
      const samples = world.isText ? await gateway.scrape() : gateway.samples();
      const at = (look + 1) * stepMs;
      const verdicts = judges.map(({ ledger, judgement }) => {
        ledger.take({ at, processes: [{ process: "gateway", tier: "gateway", samples }] });
        return judgement.look(ledger.evidence, at);
      });
      if (watch(look, requests, verdicts)) return;
    }
  } finally {
    gateway.stop();
  }
}

function livePeriod(
  world: World,
  look: number,
  gateway: SimulatedGateway,
  population: ReturnType<typeof createPopulation>,
  failing: number[],
  random: Random,
): number {
  const factor = world.drift(look);
  let requests = 0;
  const wanted = drawPoisson(random, world.requests / world.visit) * world.visit;
  while (requests < wanted) {
    const user = population.visit();
    for (let left = drawGeometric(random, world.visit); left > 0; left--) {
      requests++;
      const seat = gateway.decide(user.id);
      const isTreated = seat.variant === 1;
      if (user.isImpatient && world.leaving[seat.variant]) continue;
      let hasFailed =
        random() < user.failure * factor + (isTreated && look >= world.harmfulFrom ? world.harm : 0);
      if ((failing[seat.variant] as number) > 0) {
        failing[seat.variant] = (failing[seat.variant] as number) - 1;
        if (world.isBurstSilent) continue;
        hasFailed = true;
      }
      gateway.answer(seat, hasFailed);
      if (random() < user.conversion * factor + (isTreated ? world.effect : 0)) gateway.convert(seat);
    }
  }
  return requests;
}

import type { Random } from "../support/random.ts";
import { createPicker, drawBeta, drawNormal } from "./draw.ts";

export interface User {
  readonly id: string;
  /** Own share of requests that fail, and of those that convert; users differ. */
  readonly failure: number;
  readonly conversion: number;
  /** Leaves before the answer, where a world has such users. */
  readonly isImpatient: boolean;
}

export interface PopulationShape {
  readonly users: number;
  /** Of the logarithm of how often a user comes: 1.5 gives the busiest of 5,000 more than a hundredth of all requests. */
  readonly spread: number;
  readonly failure: number;
  readonly conversion: number;
  /** Share of users who leave before the answer. */
  readonly impatient: number;
}

export interface Population {
  /** A user who comes now. */
  visit(): User;
}

/** How much users resemble each other: with 10, rates of 0.12 have a standard deviation of 0.1. */
const CONCENTRATION = 10;

export function createPopulation(shape: PopulationShape, random: Random): Population {
  const users = Array.from(
    { length: shape.users },
    (_, index): User => ({
      id: `user-${index}`,
      failure: drawBeta(random, shape.failure, CONCENTRATION),
      conversion: drawBeta(random, shape.conversion, CONCENTRATION),
      isImpatient: random() < shape.impatient,
    }),
  );
  const pick = createPicker(
    users.map(() => Math.exp(shape.spread * drawNormal(random))),
    random,
  );
  return { visit: () => users[pick()] as User };
}

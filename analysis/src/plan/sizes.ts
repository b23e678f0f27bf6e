import { planPooled } from "../statistics/planning.ts";
import { planLooks, planSequential, type SequentialPlan } from "../statistics/sequential-planning.ts";
import type { ExperimentQuestion } from "./question.ts";

/** What one way of looking needs. */
export interface Size {
  readonly kind: "fixed" | "planned" | "sequential";
  /** Null where every look counts. */
  readonly looks: number | null;
  /** Times the users of one fixed look. */
  readonly inflation: number;
  /** Of each variant, in the order of the weights. */
  readonly users: readonly number[];
  readonly total: number;
  /** Until all of them have come; null where nobody says how many come a day. */
  readonly days: number | null;
  /** By then half of the experiments with this difference have decided. */
  readonly medianDays: number | null;
  readonly meanDays: number | null;
}

/** One fixed look, planned looks (O'Brien-Fleming, as the judge does them) and the sequential test. */
export function planExperiment(question: ExperimentQuestion): Size[] {
  const { weights, plannedLooks, power, tau, difference } = question;
  // As the judge does: the chance of a wrong verdict is shared among the treatments.
  const alpha = question.alpha / (weights.length - 1);
  const users = usersAtOneLook(question, alpha);
  const one: SequentialPlan = { inflation: 1, median: 1, mean: 1 };
  return [
    sizeOf(question, users, "fixed", 1, one),
    ...(plannedLooks === undefined
      ? []
      : [
          sizeOf(
            question,
            users,
            "planned",
            plannedLooks,
            planLooks(plannedLooks, alpha, power, "obrien-fleming"),
          ),
        ]),
    sizeOf(question, users, "sequential", null, planSequential(alpha, power, tau / Math.abs(difference))),
  ];
}

/** Users of all variants together, so that every treatment has enough beside the control. */
function usersAtOneLook(question: ExperimentQuestion, alpha: number): number {
  const [control = 0, ...treatments] = question.weights;
  const requests = Math.max(
    ...treatments.map((treatment) => planPooled({ ...question, alpha }, treatment / control) / control),
  );
  return (requests * question.designEffect) / question.requestsPerUser;
}

function sizeOf(
  { weights, usersPerDay }: ExperimentQuestion,
  usersAtOnce: number,
  kind: Size["kind"],
  looks: number | null,
  { inflation, median, mean }: SequentialPlan,
): Size {
  const needed = usersAtOnce * inflation;
  const users = weights.map((weight) => Math.ceil(needed * weight));
  const daysOf = (share: number) =>
    usersPerDay === undefined ? null : Math.ceil((needed * share) / usersPerDay);
  return {
    kind,
    looks,
    inflation,
    users,
    total: users.reduce((sum, count) => sum + count, 0),
    days: daysOf(1),
    medianDays: daysOf(median),
    meanDays: usersPerDay === undefined ? null : (needed * mean) / usersPerDay,
  };
}

import { readArguments } from "../../../proxy/src/command/arguments.ts";
import type { Terminal } from "../../../proxy/src/command/terminal.ts";
import { FLAGS, readQuestion } from "./question.ts";
import { reportPlan } from "./report.ts";
import { planExperiment } from "./sizes.ts";

const HELP = `Says how many users, and how many days, an experiment needs to find a difference between two shares

Usage: blindsplit plan --baseline SHARE --mde DIFFERENCE [--users-per-day N] [options]

  --baseline SHARE         what the control does now, such as 0.12 for 12 % conversions
  --mde DIFFERENCE         the least difference worth finding, in the same unit: 0.01 is from 0.12 to 0.13; -0.01 a fall
  --users-per-day N        new users of all variants together; without it no days are said
  --requests-per-user M    mean over the experiment, if every request counts [1]
  --icc R                  how much a user's requests resemble each other, 0 to 1 [0]
  --design-effect X        in place of --icc: how many times the variance is that of independent requests
  --power P                chance of finding it [0.8]
  --alpha A                chance of a wrong verdict, both sides, shared among the treatments [0.05]
  --weights 50/50          the control's weight first
  --looks sequential|N     the sequential test alone beside one look, or N planned looks too [5]
  --tau T                  analysis.tau of the sequential test [as the mde]
  --json                   for programs
  --help

Exit code 0; 2: the command was called wrongly.
`;

/** `plan --baseline 0.12 --mde 0.01 --users-per-day 5000`. */
export function plan(argv: readonly string[], terminal: Terminal): number {
  const { values } = readArguments({ args: joinNegative(argv), allowPositionals: false, options: FLAGS });
  if (values.help === true) {
    terminal.write(HELP);
    return 0;
  }
  const question = readQuestion(values);
  const sizes = planExperiment(question);
  terminal.write(
    values.json === true
      ? `${JSON.stringify(toJson(question, sizes), undefined, 2)}\n`
      : reportPlan(question, sizes),
  );
  return 0;
}

/** `--mde -0.01` is a fall, not a flag that begins with a digit. */
function joinNegative(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    if (joined.at(-1) === "--mde" && /^-[\d.]/.test(word)) joined.splice(-1, 1, `--mde=${word}`);
    else joined.push(word);
  }
  return joined;
}

function toJson(question: ReturnType<typeof readQuestion>, sizes: ReturnType<typeof planExperiment>): object {
  return {
    baseline: question.baseline,
    mde: question.difference,
    alpha: question.alpha,
    power: question.power,
    weights: question.weights,
    tau: question.tau,
    requests_per_user: question.requestsPerUser,
    design_effect: question.designEffect,
    users_per_day: question.usersPerDay ?? null,
    plans: sizes.map(({ kind, looks, inflation, users, total, days, medianDays, meanDays }) => ({
      kind,
      looks,
      inflation,
      users,
      total_users: total,
      days,
      median_days: medianDays,
      mean_days: meanDays,
    })),
  };
}

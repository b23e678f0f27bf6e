import { usageError } from "../../../worker/evaluation/arguments.ts";

interface Named {
  readonly name: string;
}

/** Values of the flags --only and --without: names, separated by commas. */
export interface Choice {
  readonly only?: string | undefined;
  readonly without?: string | undefined;
}

/** In their order. @throws CommandError for a name that none has, or when none is left */
export function chooseContestants<T extends Named>(all: readonly T[], choice: Choice): readonly T[] {
  const only = choice.only === undefined ? undefined : namesOf("only", choice.only, all);
  const without = choice.without === undefined ? [] : namesOf("without", choice.without, all);
  const chosen = all.filter(({ name }) => (only?.includes(name) ?? true) && !without.includes(name));
  if (chosen.length === 0) throw usageError("nobody is left to measure: take names out of --without");
  return chosen;
}

function namesOf(flag: string, value: string, all: readonly Named[]): readonly string[] {
  const known = all.map(({ name }) => name);
  const names = value.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw usageError(`--${flag} names "${unknown}", which is none of ${known.join(", ")}`);
  return names;
}

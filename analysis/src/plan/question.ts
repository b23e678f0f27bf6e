import { UsageError } from "../../../proxy/src/command/arguments.ts";
import { designEffect } from "../statistics/planning.ts";

export const FLAGS = {
  baseline: { type: "string" },
  mde: { type: "string" },
  "users-per-day": { type: "string" },
  "requests-per-user": { type: "string" },
  icc: { type: "string" },
  "design-effect": { type: "string" },
  power: { type: "string" },
  alpha: { type: "string" },
  weights: { type: "string" },
  looks: { type: "string" },
  tau: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Flags = { readonly [Flag in keyof typeof FLAGS]?: string | boolean | undefined };

/** What is to be found, in whom. */
export interface ExperimentQuestion {
  /** 0..1. */
  readonly baseline: number;
  /** Treatment less control, not 0. */
  readonly difference: number;
  readonly alpha: number;
  readonly power: number;
  /** Shares of the users, the control's first; they sum to 1. */
  readonly weights: readonly number[];
  readonly requestsPerUser: number;
  readonly designEffect: number;
  readonly usersPerDay: number | undefined;
  /** Undefined leaves planned looks out. */
  readonly plannedLooks: number | undefined;
  readonly tau: number;
}

const DEFAULT_LOOKS = 5;
const MOST_LOOKS = 20;
const MOST_VARIANTS = 10;
/** Further from the difference, the sequential test is blunt, and somebody has mistaken a unit. */
const MOST_TIMES_TAU = 20;

/** @throws UsageError for what is missing, no number, or out of bounds */
export function readQuestion(flags: Flags): ExperimentQuestion {
  const baseline = share(flags, "baseline");
  const difference = number(flags, "mde", { least: -1, most: 1 });
  if (baseline === undefined || difference === undefined)
    throw new UsageError("--baseline and --mde are needed, such as --baseline 0.12 --mde 0.01");
  if (difference === 0)
    throw new UsageError("--mde 0 can never be found: give the least difference that matters");
  const treated = baseline + difference;
  if (!(treated > 0 && treated < 1))
    throw new UsageError(
      `--mde ${difference} leads from ${baseline} to ${Number(treated.toPrecision(6))}, which is no share between 0 and 1: --mde is a difference in the baseline's own unit (0.01 is one percentage point)`,
    );
  const alpha = number(flags, "alpha", { least: 0.0001, most: 0.5 }) ?? 0.05;
  const power = number(flags, "power", { least: 0.5, most: 0.999 }) ?? 0.8;
  if (power <= alpha)
    throw new UsageError(
      `--power ${power} is no more than chance gives at --alpha ${alpha}: give a larger one`,
    );
  const requestsPerUser = number(flags, "requests-per-user", { least: 1, most: 1e6 }) ?? 1;
  return {
    baseline,
    difference,
    alpha,
    power,
    weights: weights(text(flags, "weights") ?? "50/50"),
    requestsPerUser,
    designEffect: effect(flags, requestsPerUser),
    usersPerDay: number(flags, "users-per-day", { least: 1, most: 1e12 }),
    plannedLooks: looks(text(flags, "looks")),
    tau: tau(flags, Math.abs(difference)),
  };
}

function effect(flags: Flags, requestsPerUser: number): number {
  const correlation = number(flags, "icc", { least: 0, most: 1 });
  const given = number(flags, "design-effect", { least: 0.01, most: 1e6 });
  if (correlation !== undefined && given !== undefined)
    throw new UsageError("--icc and --design-effect say the same: give one of them");
  if (correlation !== undefined && requestsPerUser === 1)
    throw new UsageError("--icc is of several requests of one user: give --requests-per-user too");
  return given ?? designEffect(requestsPerUser, correlation ?? 0);
}

function looks(given: string | undefined): number | undefined {
  if (given === undefined) return DEFAULT_LOOKS;
  if (given === "sequential") return undefined;
  const count = Number(given);
  if (!Number.isInteger(count) || count < 1 || count > MOST_LOOKS)
    throw new UsageError(`--looks ${given}: give "sequential" or a whole number from 1 to ${MOST_LOOKS}`);
  return count;
}

function tau(flags: Flags, difference: number): number {
  const [least, most] = [difference / MOST_TIMES_TAU, difference * MOST_TIMES_TAU];
  return number(flags, "tau", { least, most }) ?? difference;
}

function weights(given: string): number[] {
  const parts = given.split("/").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (
    parts.length < 2 ||
    parts.length > MOST_VARIANTS ||
    !parts.every((part) => part > 0 && Number.isFinite(part))
  )
    throw new UsageError(
      `--weights ${given}: give 2 to ${MOST_VARIANTS} numbers above 0 with / between them, the control's first, such as 90/10`,
    );
  const whole = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / whole);
}

function share(flags: Flags, flag: keyof Flags): number | undefined {
  const value = number(flags, flag, { least: 0, most: 1 });
  if (value === 0 || value === 1)
    throw new UsageError(`--${flag} ${value} leaves nothing to chance: give a share between 0 and 1`);
  return value;
}

function number(
  flags: Flags,
  flag: keyof Flags,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const given = text(flags, flag);
  if (given === undefined) return undefined;
  const value = given.trim() === "" ? Number.NaN : Number(given);
  if (value >= least && value <= most) return value;
  const isPercent = /^\s*[\d.]+\s*%\s*$/.test(given);
  const remedy = isPercent ? `, such as ${Number.parseFloat(given) / 100} for ${given.trim()}` : "";
  throw new UsageError(`--${flag} ${given}: give a number from ${least} to ${most}${remedy}`);
}

function text(flags: Flags, flag: keyof Flags): string | undefined {
  const value = flags[flag];
  return typeof value === "string" ? value : undefined;
}

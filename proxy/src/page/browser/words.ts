import type { WorkerSnapshot } from "../snapshot.ts";
import { slowerRatio, type VariantFigures } from "./comparison.ts";
import { hasDrifted } from "./drift.ts";
import { formatCount, formatIndex, formatSeconds, formatShare, formatSmallShare } from "./numbers.ts";

/** One sentence in large letters and what it rests on. */
export interface Statement {
  readonly said: string;
  readonly because: string;
  readonly tone: "plain" | "look";
}

/** Fewer of either, and a mean says nothing. */
const ENOUGH = 100;

/** Share of the requests: more is what nobody should promise callers. */
export const FAILING = 0.005;

/** Means this close are called equal. */
const EQUAL = 0.01;

/** What an operator would say out loud, about each treatment beside the control. */
export function describe(
  variants: readonly VariantFigures[],
  workers: readonly WorkerSnapshot[],
): Statement[] {
  const control = variants.find(({ role }) => role === "control");
  if (control === undefined) return [];
  const treatments = variants.filter(({ role }) => role === "treatment");
  return [
    ...variants.flatMap(({ name }) => describeSilence(name, workers)),
    ...treatments.map((treatment) => describeSpeed(control, treatment)),
    describeErrors(variants),
    ...describeDrift(variants),
  ];
}

function describeSilence(name: string, workers: readonly WorkerSnapshot[]): Statement[] {
  const own = workers.filter(({ variant }) => variant === name);
  const silent = own.filter(({ problem }) => problem !== undefined);
  if (silent.length === 0) return [];
  const said =
    silent.length === own.length
      ? `${name} does not answer`
      : `${formatCount(silent.length)} of ${formatCount(own.length)} workers of ${name} do not answer`;
  return [{ said, because: silent.map(({ address }) => address).join(", "), tone: "look" }];
}

function describeSpeed(control: VariantFigures, treatment: VariantFigures): Statement {
  const ratio = slowerRatio(control.inference, treatment.inference);
  const counts = `${formatCount(treatment.inference.count)} and ${formatCount(control.inference.count)} texts`;
  if (ratio === undefined || Math.min(control.inference.count, treatment.inference.count) < ENOUGH)
    return {
      said: `${treatment.name} beside ${control.name}: too little traffic to say`,
      because: `${counts}; at least ${ENOUGH} of each are needed`,
      tone: "plain",
    };
  const means = `model time ${formatSeconds(treatment.inference.mean)} against ${formatSeconds(control.inference.mean)} in the mean, of ${counts}`;
  if (Math.abs(ratio) < EQUAL)
    return { said: `${treatment.name} is as fast as ${control.name}`, because: means, tone: "plain" };
  const percent = formatShare(Math.abs(ratio), 0);
  const said = `${treatment.name} is ${percent} ${ratio > 0 ? "slower" : "faster"}`;
  return { said, because: means, tone: "plain" };
}

function describeErrors(variants: readonly VariantFigures[]): Statement {
  const shares = variants
    .map(({ name, serverErrorShare }) => `${name} ${formatSmallShare(serverErrorShare)}`)
    .join(", ");
  const because = `requests that ended with a 5xx: ${shares}`;
  const failing = variants.filter(({ serverErrorShare }) => (serverErrorShare ?? 0) > 0);
  if (variants.every(({ requests }) => requests === 0))
    return { said: "No requests", because: "nothing has come in this time", tone: "plain" };
  const [worst, second] = [...failing].sort((a, b) => (b.serverErrorShare ?? 0) - (a.serverErrorShare ?? 0));
  if (worst === undefined) return { said: "No errors", because, tone: "plain" };
  const said =
    second !== undefined && second.serverErrorShare === worst.serverErrorShare
      ? `${formatSmallShare(worst.serverErrorShare)} of the requests fail`
      : `${worst.name} fails ${formatSmallShare(worst.serverErrorShare)} of its requests`;
  return { said, because, tone: (worst.serverErrorShare ?? 0) > FAILING ? "look" : "plain" };
}

function describeDrift(variants: readonly VariantFigures[]): Statement[] {
  return variants.flatMap(({ name, fromReference, fromPast }) =>
    hasDrifted(fromReference, fromPast)
      ? [
          {
            said: `${name} drifts`,
            because: `its labels have moved by ${formatIndex(fromPast?.index)} from what they were, away from its reference data (population stability index; above 0.2 is drift), over ${formatCount(fromPast?.samples)} answers`,
            tone: "look" as const,
          },
        ]
      : [],
  );
}

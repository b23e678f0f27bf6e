import type { VariantFacts, WorkerSnapshot } from "../snapshot.ts";
import { slowerRatio, type VariantFigures } from "./comparison.ts";
import { hasDrifted } from "./drift.ts";
import {
  formatCount,
  formatIndex,
  formatList,
  formatSeconds,
  formatShare,
  formatSmallShare,
} from "./numbers.ts";
import { isSilent, tellsNoTime } from "./silence.ts";

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

/** What "slower" is said of, and how it is called. */
const MODEL_TIME = { figures: "inference", name: "model time", counted: "texts", whose: "" } as const;
const CALLERS_WAIT = {
  figures: "wait",
  name: "callers' wait",
  counted: "answers",
  whose: " for its callers",
} as const;

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
    ...treatments.map((treatment) => describeSpeed(control, treatment, workers)),
    describeErrors(variants),
    ...describeDrift(variants),
    ...variants.flatMap(({ name }) => describeMute(name, workers)),
  ];
}

/** While the page has not heard enough for any figure of its span. */
export function describeUnknown(
  variants: readonly VariantFacts[],
  workers: readonly WorkerSnapshot[],
): Statement[] {
  return [
    ...variants.flatMap(({ name }) => describeSilence(name, workers)),
    {
      said: "Figures begin with the next numbers",
      because: "they are differences between two snapshots, and this page has one of this time so far",
      tone: "plain",
    },
  ];
}

function describeSilence(name: string, workers: readonly WorkerSnapshot[]): Statement[] {
  const own = workers.filter(({ variant }) => variant === name);
  const silent = own.filter(isSilent);
  if (silent.length === 0) return [];
  const said =
    silent.length === own.length
      ? `${name} does not answer`
      : `${formatCount(silent.length)} of ${formatCount(own.length)} workers of ${name} ${silent.length === 1 ? "does" : "do"} not answer`;
  return [{ said, because: silent.map(({ address }) => address).join(", "), tone: "look" }];
}

/** A service that is no worker of ours is none the worse for it. */
function describeMute(name: string, workers: readonly WorkerSnapshot[]): Statement[] {
  const mute = workers.filter(
    (worker) => worker.variant === name && worker.problem !== undefined && !isSilent(worker),
  );
  if (mute.length === 0) return [];
  const because = mute.map(({ address, problem }) => `${address}: ${problem}`).join(" ");
  return [{ said: `${name} tells nothing of itself`, because, tone: "plain" }];
}

function describeSpeed(
  control: VariantFigures,
  treatment: VariantFigures,
  workers: readonly WorkerSnapshot[],
): Statement {
  const mute = [control, treatment].filter(({ name }) => tellsNoTime(name, workers));
  const of = mute.length === 0 ? MODEL_TIME : CALLERS_WAIT;
  const [other, own] = [control[of.figures], treatment[of.figures]];
  const ratio = slowerRatio(other, own);
  const counts = `${formatCount(own.count)} and ${formatCount(other.count)} ${of.counted}`;
  const reason =
    mute.length === 0
      ? ""
      : `; ${formatList(mute.map(({ name }) => name))} ${mute.length === 1 ? "does" : "do"} not tell the model's own time`;
  if (ratio === undefined || Math.min(other.count, own.count) < ENOUGH)
    return {
      said: `${treatment.name} beside ${control.name}: too little traffic to say`,
      because: `${counts}; at least ${ENOUGH} of each are needed${reason}`,
      tone: "plain",
    };
  const because = `${of.name} ${formatSeconds(own.mean)} against ${formatSeconds(other.mean)} in the mean, of ${counts}${reason}`;
  const percent = formatShare(Math.abs(ratio), 0);
  const said =
    Math.abs(ratio) < EQUAL
      ? `${treatment.name} is as fast as ${control.name}${of.whose}`
      : ratio > 0
        ? `${treatment.name} is ${percent} slower${of.whose}`
        : // Half the time is twice as fast, which "50 % faster" does not say.
          `${treatment.name} takes ${percent} less time${of.whose}`;
  return { said, because, tone: "plain" };
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
  if (worst.requests < ENOUGH) {
    const failed = Math.round((worst.serverErrorShare ?? 0) * worst.requests);
    return {
      said: `${formatCount(failed)} of ${formatCount(worst.requests)} requests of ${worst.name} failed`,
      because: `${because}; a share is said from ${ENOUGH} requests on`,
      tone: "plain",
    };
  }
  const said =
    second !== undefined && second.serverErrorShare === worst.serverErrorShare
      ? `${formatSmallShare(worst.serverErrorShare)} of the requests fail`
      : `${worst.name} fails ${formatSmallShare(worst.serverErrorShare)} of its requests`;
  return { said, because, tone: (worst.serverErrorShare ?? 0) > FAILING ? "look" : "plain" };
}

function describeDrift(variants: readonly VariantFigures[]): Statement[] {
  return variants.flatMap(({ name, recently: { fromReference, fromPast } }) =>
    hasDrifted(fromReference, fromPast)
      ? [
          {
            said: `${name} drifts`,
            because: `in the last 15 minutes, or as many as this page has seen, its labels have moved by ${formatIndex(fromPast?.index)} from what they were, away from its reference data (population stability index; above 0.2 is drift), over ${formatCount(fromPast?.samples)} answers`,
            tone: "look" as const,
          },
        ]
      : [],
  );
}

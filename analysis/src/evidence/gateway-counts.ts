import { BUCKETS, BucketCounts } from "./bucket-counts.ts";
import { cellOf, cellsOf, isOfRequests } from "./cell.ts";
import type { Plan } from "./plan.ts";
import type { Sample } from "./reading.ts";

const CONTAMINATED = "ab_contaminated_requests_total";
const SHADOW = "ab_shadow_predictions_total";
const CONFIGURATION = "ab_config_info";
const JOURNAL = "ab_outcome_journal_info";
const BETWEEN = "\t";
const BUCKET = /^\d\d$/;

/** What one gateway says of the running phase: the values of its counters as they stand. */
export interface GatewayCounts {
  readonly buckets: BucketCounts;
  /** By name and labels. */
  readonly totals: ReadonlyMap<string, number>;
  readonly configHashes: readonly string[];
  /** Whose outcomes it counts on; undefined where it keeps none over a restart. */
  readonly journal: string | undefined;
}

export type GatewayReader = (samples: readonly Sample[]) => GatewayCounts;

/** Reads what belongs to the plan and passes over everything else. */
export function createGatewayReader(plan: Plan): GatewayReader {
  const position = new Map(plan.variants.map(({ name }, index) => [name, index]));
  const cells = cellsOf(plan);
  const phase = String(plan.phase);
  return (samples) => {
    const buckets = new BucketCounts(plan.variants.length);
    const totals = new Map<string, number>();
    const configHashes: string[] = [];
    let journal: string | undefined;
    for (const sample of samples) {
      const { name, labels, value } = sample;
      if (name === CONFIGURATION) {
        if (value === 1 && labels.config_hash !== undefined) configHashes.push(labels.config_hash);
        continue;
      }
      if (name === JOURNAL) {
        if (value === 1) journal = labels.journal;
        continue;
      }
      if (labels.experiment !== plan.experiment || labels.phase !== phase) continue;
      const variant = position.get(labels.model_version ?? "");
      if (variant === undefined) continue;
      const { stratum, bucket } = labels;
      if (stratum !== undefined && bucket !== undefined) {
        const cell = cellOf(sample);
        if (cell === undefined || !cells.has(cell) || !BUCKET.test(bucket)) continue;
        buckets.at(stratum, variant, cell)[Number(bucket)] = value;
      } else {
        const key = totalKey(sample);
        if (key !== undefined) totals.set(key, value);
      }
    }
    return { buckets, totals, configHashes, journal };
  };
}

function totalKey({ name, labels }: Sample): string | undefined {
  const { model_version: variant = "" } = labels;
  if (name === CONTAMINATED) return [name, variant].join(BETWEEN);
  if (name !== SHADOW) return undefined;
  const { shadow_model_version: shadow = "", label = "", shadow_label: shadowLabel = "" } = labels;
  return [name, variant, shadow, label, shadowLabel].join(BETWEEN);
}

/** Requests that cookie and header lead to different variants, of totals by name and labels. */
export function contaminatedOf(totals: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [key, value] of totals) if (key.startsWith(CONTAMINATED + BETWEEN)) sum += value;
  return sum;
}

export interface ShadowPair {
  readonly primary: string;
  readonly shadow: string;
  readonly label: string;
  readonly shadowLabel: string;
  readonly count: number;
}

export function shadowPairsOf(totals: ReadonlyMap<string, number>): readonly ShadowPair[] {
  return [...totals].flatMap(([key, count]) => {
    const [name, primary = "", shadow = "", label = "", shadowLabel = ""] = key.split(BETWEEN);
    return name === SHADOW ? [{ primary, shadow, label, shadowLabel, count }] : [];
  });
}

/** What has been added since `before`, and whether the process has begun anew meanwhile. */
export interface GatewayDeltas {
  readonly hasRestarted: boolean;
  readonly buckets: readonly {
    readonly stratum: string;
    readonly variant: number;
    readonly cell: string;
    readonly deltas: Float64Array;
  }[];
  readonly totals: readonly (readonly [key: string, delta: number])[];
}

/**
 * A series that was not there began at 0. A value that fell tells that its process began anew, so that everything
 * counted at requests began at 0 again, even where it is above its old value already; counts of outcomes may have been
 * replayed from a journal, so that they are judged apart from them.
 *
 * @param known.isAnew whether it is known to have begun anew, whatever its counters say
 * @param known.outcomes what of the outcomes has been counted, where that is not what this process said
 */
export function deltasOf(
  now: GatewayCounts,
  before: GatewayCounts | undefined,
  { isAnew, outcomes }: { readonly isAnew: boolean; readonly outcomes: BucketCounts | undefined },
): GatewayDeltas {
  const seen = before === undefined ? { requests: false, outcomes: false } : fallenIn(now, before);
  const fallen = {
    requests: isAnew || seen.requests,
    outcomes: outcomes === undefined && (isAnew || seen.outcomes),
  };
  const buckets = [...now.buckets.entries()].flatMap(({ stratum, variant, cell, counts }) => {
    const isCounted = outcomes !== undefined && !isOfRequests(cell);
    const isNew = isOfRequests(cell) ? fallen.requests : fallen.outcomes;
    const old = isNew ? undefined : (isCounted ? outcomes : before?.buckets)?.find(stratum, variant, cell);
    const deltas = difference(counts, old, isCounted);
    return deltas === undefined ? [] : [{ stratum, variant, cell, deltas }];
  });
  const totals = [...now.totals].map(([key, value]) => {
    const old = fallen.requests ? 0 : (before?.totals.get(key) ?? 0);
    return [key, value < old ? value : value - old] as const;
  });
  return { hasRestarted: fallen.requests || fallen.outcomes, buckets, totals };
}

function fallenIn(now: GatewayCounts, before: GatewayCounts): { requests: boolean; outcomes: boolean } {
  const fallen = { requests: false, outcomes: false };
  for (const { stratum, variant, cell, counts } of now.buckets.entries()) {
    const old = before.buckets.find(stratum, variant, cell);
    if (old === undefined) continue;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if ((counts[bucket] as number) >= (old[bucket] as number)) continue;
      if (isOfRequests(cell)) fallen.requests = true;
      else fallen.outcomes = true;
      break;
    }
  }
  return fallen;
}

/** Undefined where nothing was added. What has lost a journal's last lines has fallen by them, and adds nothing. */
function difference(
  now: Float64Array,
  before: Float64Array | undefined,
  mayFall: boolean,
): Float64Array | undefined {
  const deltas = new Float64Array(BUCKETS);
  let isChanged = false;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const added = (now[bucket] as number) - (before === undefined ? 0 : (before[bucket] as number));
    const delta = mayFall ? Math.max(0, added) : added;
    deltas[bucket] = delta;
    if (delta !== 0) isChanged = true;
  }
  return isChanged ? deltas : undefined;
}

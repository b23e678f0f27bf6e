import type { GatewaySnapshot, WorkerSnapshot } from "../snapshot.ts";
import type { VariantFigures } from "./comparison.ts";
import { formatCount, formatList, formatShare } from "./numbers.ts";
import { isSilent } from "./silence.ts";

/** One thing that must hold before the figures are believed. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "look" | "unknown";
  readonly finding: string;
}

/** Fewer answers of a variant, and shares say nothing. */
const ENOUGH_EXPOSURES = 200;

/** Shares further from the weights than this are worth a look; several standard errors from 10,000 answers on. */
const SHARE_SLACK = 0.02;

/** Decisions that led to no answer: more than this apart between variants, and who is left cannot be compared. */
const LOSS_SLACK = 0.01;

/** Descriptive: a test of the sample ratio needs every count since the phase began, not a window. */
export function checkValidity(
  variants: readonly VariantFigures[],
  gateways: readonly GatewaySnapshot[],
  workers: readonly WorkerSnapshot[],
): Check[] {
  return [
    checkShares(variants),
    checkLosses(variants),
    checkData(variants),
    checkProcesses(gateways, workers),
    checkConfiguration(gateways),
  ];
}

function checkShares(variants: readonly VariantFigures[]): Check {
  const name = "Shares against weights";
  const finding = formatList(
    variants.map(
      (variant) =>
        `${variant.name} ${formatShare(variant.exposureShare)} (expected ${formatShare(variant.expectedShare)})`,
    ),
  );
  if (!hasEnough(variants)) return { name, state: "unknown", finding: `Too few answers. ${finding}` };
  const apart = variants.map(
    ({ exposureShare, expectedShare }) => (exposureShare ?? 0) - (expectedShare ?? 0),
  );
  if (apart.every((gap) => Math.abs(gap) <= SHARE_SLACK)) return { name, state: "ok", finding };
  return {
    name,
    state: "look",
    finding: `${finding}. Few users, or one who asks often, do that by chance; were answers lost, the next check says so.`,
  };
}

function checkLosses(variants: readonly VariantFigures[]): Check {
  const name = "Decisions answered";
  if (!hasEnough(variants)) return { name, state: "unknown", finding: "Too few answers." };
  const decisions = sum(variants.map(({ assignments }) => assignments));
  const ofPhase = sum(variants.map(({ expectedAssignments }) => expectedAssignments));
  // A request that is no exposure (exposure.methods, exposure.paths) has a decision, and no answer that counts.
  if (Math.abs(decisions - ofPhase) > 1 + 0.005 * decisions)
    return {
      name,
      state: "unknown",
      finding: "Requests that are no exposures (exposure, in the configuration) are among the decisions.",
    };
  const kept = variants
    .filter(({ assignments }) => assignments > 0)
    .map((variant) => ({ name: variant.name, share: Math.min(1, variant.exposures / variant.assignments) }));
  const shares = kept.map(({ share }) => share);
  const state = Math.max(...shares) - Math.min(...shares) <= LOSS_SLACK ? "ok" : "look";
  return { name, state, finding: formatList(kept.map((one) => `${one.name} ${formatShare(one.share)}`)) };
}

function checkData(variants: readonly VariantFigures[]): Check {
  const counts = formatList(variants.map((variant) => `${variant.name} ${formatCount(variant.exposures)}`));
  return hasEnough(variants)
    ? { name: "Enough answers", state: "ok", finding: counts }
    : {
        name: "Enough answers",
        state: "unknown",
        finding: `${counts}; shares need ${ENOUGH_EXPOSURES} of each`,
      };
}

function checkProcesses(gateways: readonly GatewaySnapshot[], workers: readonly WorkerSnapshot[]): Check {
  const name = "Every process answers";
  const silent = [...gateways, ...workers].filter(isSilent);
  const all = gateways.length + workers.length;
  const mute = workers.filter((worker) => worker.problem !== undefined && !isSilent(worker));
  const but = mute.length === 0 ? "" : `; ${formatList(mute.map(({ address }) => address))} without figures`;
  return silent.length === 0
    ? { name, state: "ok", finding: `${all} of ${all}${but}` }
    : { name, state: "look", finding: `No numbers from ${formatList(silent.map(({ address }) => address))}` };
}

function checkConfiguration(gateways: readonly GatewaySnapshot[]): Check {
  const name = "One configuration";
  const numbers = gateways.flatMap((gateway) => (gateway.numbers === undefined ? [] : [gateway.numbers]));
  const hashes = new Set(numbers.map(({ configHash }) => configHash));
  if (hashes.size > 1) return { name, state: "look", finding: `Gateways run ${hashes.size} different ones` };
  if (numbers.some(({ lastReloadSuccessful }) => !lastReloadSuccessful))
    return { name, state: "look", finding: "The last reload was rejected; the one before is still running" };
  if (numbers.length < gateways.length)
    return {
      name,
      state: "unknown",
      finding: `${formatCount(numbers.length)} of ${formatCount(gateways.length)} gateways ${numbers.length === 1 ? "says what it runs" : "say what they run, and agree"}`,
    };
  const finding = gateways.length === 1 ? "The last reload was accepted" : `${numbers.length} gateways agree`;
  return { name, state: "ok", finding };
}

/** Of a variant that should have any. */
function hasEnough(variants: readonly VariantFigures[]): boolean {
  const wanted = variants.filter(({ weight, expectedShare }) => weight > 0 || (expectedShare ?? 0) > 0);
  return wanted.length > 0 && wanted.every(({ exposures }) => exposures >= ENOUGH_EXPOSURES);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

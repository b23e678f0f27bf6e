import { BUCKETS } from "../experiment/assignment.ts";
import type { Move } from "../experiment/moves.ts";
import type { Comparison } from "./comparison.ts";
import type { Summary, VariantSummary } from "./summary.ts";
import type { Remark } from "./warnings.ts";

/** A summary as people read it. */
export function reportSummary(summary: Summary): string {
  const { experiment, phase, salted, sources, traffic, admin, force, warnings } = summary;
  const [first = "", ...further] = reportVariants(summary.variants);
  return [
    `${summary.file} is valid (hash ${summary.hash})`,
    "",
    `experiment  ${experiment}, phase ${phase}, ${salted ? "with a salt" : "without a salt"}`,
    `variants    ${first}`,
    ...further.map((line) => `            ${line}`),
    `users       ${sources.join(", else ")}`,
    `listeners   ${traffic} for traffic, ${admin} for the operator`,
    `force       ${force ?? "no tokens are taken"}`,
    ...reportRemarks("To know", warnings),
    "",
  ].join("\n");
}

/** Who moves, and what else changes, as people read it. */
export function reportComparison(oldFile: string, next: Summary, comparison: Comparison): string {
  const { changes, restarts, newPhase } = comparison;
  return [
    `From ${oldFile} to ${next.file} (both are valid):`,
    "",
    ...reportMoves(comparison),
    ...reportRemarks("What else is noticed", changes),
    ...reportRemarks(
      `A new phase is needed (experiment.phase: ${next.phase + 1}), or what is counted before and after is taken for one`,
      newPhase.needed,
    ),
    ...reportRemarks("Perhaps a new phase is needed", newPhase.perhaps),
    ...reportRemarks("A running gateway refuses this: restart it", restarts),
    ...reportRemarks(`To know of ${next.file}`, next.warnings),
    "",
  ].join("\n");
}

function reportVariants(variants: readonly VariantSummary[]): string[] {
  const width = Math.max(...variants.map(({ name }) => name.length));
  return variants.map(({ name, weight, control, firstBucket, lastBucket, upstreams }) => {
    const range = firstBucket === undefined ? "nobody" : buckets(firstBucket, lastBucket ?? firstBucket);
    const share = `${weight} %`.padStart(5);
    const role = control ? "  (control)" : "";
    return `${name.padEnd(width)}  ${share}  ${range.padEnd(13)}  ${upstreams.join(" ")}${role}`;
  });
}

function reportMoves({ moves, reassignment }: Comparison): string[] {
  if (reassignment !== undefined) {
    const { sampled, moved } = reassignment;
    const share = ((moved / sampled) * 100).toFixed(1);
    return [
      "The salt changes: every user is assigned anew.",
      `Of ${grouped(sampled)} sampled ids ${grouped(moved)} (${share} %) change their variant.`,
    ];
  }
  return moves.length === 0 ? ["Nobody moves."] : moves.map(reportMove);
}

/** `buckets 50-59, 10 % of users, move from distilbert to roberta`. */
function reportMove({ from, to, firstBucket, lastBucket }: Move): string {
  const count = lastBucket - firstBucket + 1;
  const share = (count / BUCKETS) * 100;
  const verb = count === 1 ? "moves" : "move";
  return `${buckets(firstBucket, lastBucket)}, ${share} % of users, ${verb} from ${from} to ${to}`;
}

function reportRemarks(heading: string, remarks: readonly Remark[]): string[] {
  if (remarks.length === 0) return [];
  return ["", `${heading}:`, ...remarks.map(({ path, message }) => `  ${path}: ${message}`)];
}

function buckets(first: number, last: number): string {
  return first === last ? `bucket ${first}` : `buckets ${first}-${last}`;
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}

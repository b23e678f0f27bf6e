import type { Direction } from "../../../proxy/src/config/analysis-config.ts";
import type { ProgressState } from "./progress.ts";
import type { Estimate } from "./verdict.ts";

/**
 * What an interval that holds at every look says of the primary metric, with + the better side:
 *
 * - wholly within −margin..margin: `no_difference`, whatever side of 0 it lies on, because such differences do not matter;
 * - else above 0: `better`; it reaches beyond the margin, so that a difference that matters is among what it holds;
 * - else below 0: `worse`;
 * - else `open`.
 *
 * With a margin of 0 there is never `no_difference`.
 */
export function decideOn(
  { low, high }: Pick<Estimate, "low" | "high">,
  direction: Direction,
  margin: number,
): ProgressState["decision"] {
  const [least, most] = direction === "increase" ? [low, high] : [-high, -low];
  if (least >= -margin && most <= margin) return "no_difference";
  if (least > 0) return "better";
  return most < 0 ? "worse" : "open";
}

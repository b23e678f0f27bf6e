import type { MaskedValidity } from "../../verdict/masked-verdict.ts";
import type { Checks } from "./document.ts";
import { sayCount, sayMoment, sayNumber, sayShare } from "./say.ts";

/** What both kinds of verdict say of their validity. */
type Shown = Omit<MaskedValidity, "coverage" | "comparable">;

/** The checks that a comparison stands on, in words. */
export function describeValidity(
  { sampleRatio, whale, missing, contamination, incorrectOnly }: Shown,
  comparable: Checks["checks"][number],
  coverage: Checks["checks"][number],
): Checks {
  const failedAt = sampleRatio.failedAt === null ? "" : `, failed at ${sayMoment(sampleRatio.failedAt)}`;
  return {
    kind: "checks",
    checks: [
      {
        name: "Sample ratio",
        check: sampleRatio.check,
        text: `log likelihood ratio ${sayNumber(sampleRatio.logLikelihoodRatio)}, alarm above ${Number(sampleRatio.limit.toFixed(2))}${failedAt}`,
      },
      {
        name: "No caller dominates",
        check: whale.check,
        text:
          whale.check === "unknown"
            ? "not measured yet: a variant has less than 1,000 exposures"
            : `the largest analysis bucket has ${sayShare(whale.largestShare)} of a variant's exposures, at most ${sayShare(whale.limit, 0)}`,
      },
      {
        name: "Steps read",
        check: missing.check,
        text: `${sayCount(missing.of - missing.steps)} of ${sayCount(missing.of)}, ${sayCount(missing.steps)} missing`,
      },
      comparable,
      {
        name: "Contamination",
        check: null,
        text: `${sayCount(contamination.requests)} requests of users whose header and cookie lead to different variants, ${sayShare(contamination.share, 3)} of the exposures`,
      },
      incorrectOnly
        ? {
            name: "Known truth",
            check: "failed",
            text: "only failures were ever reported: no share of right answers can be had of them",
          }
        : coverage,
    ],
  };
}

import type { MaskedVerdict } from "../../verdict/masked-verdict.ts";
import { nameMetric, sayDirection, showMargin } from "../../verdict/metric-words.ts";
import type { Fact } from "./document.ts";
import { sayCount, sayMoment } from "./say.ts";

type Described = Pick<
  MaskedVerdict,
  | "at"
  | "since"
  | "endsAt"
  | "looks"
  | "metric"
  | "direction"
  | "margin"
  | "alpha"
  | "decidedAt"
  | "configHashes"
  | "analysisHash"
> & { readonly answer: string };

/** What was laid down beforehand, and which look this is. */
export function describeExperiment(verdict: Described): Fact[] {
  const { at, since, endsAt, looks, metric, direction, margin, alpha, decidedAt } = verdict;
  return [
    { term: "Look", text: `number ${sayCount(looks)}, at ${sayMoment(at)}` },
    {
      term: "Exposures since",
      text:
        since === null
          ? "none yet"
          : `${sayMoment(since)}${endsAt === null ? "" : `, ends ${sayMoment(endsAt)}`}`,
    },
    ...(decidedAt === null || verdict.answer === "invalid"
      ? []
      : [{ term: "Decided", text: `${sayMoment(decidedAt)}; it does not flip back` }]),
    {
      term: "Primary metric",
      text: `${nameMetric(metric)}, ${sayDirection(direction)}, margin ${showMargin(metric, margin)}, alpha ${alpha} over all looks`,
    },
    {
      term: verdict.configHashes.length > 1 ? "Configurations (they differ)" : "Configuration",
      text: verdict.configHashes.join(", ") || "unknown",
    },
    { term: "Analysis", text: verdict.analysisHash },
  ];
}

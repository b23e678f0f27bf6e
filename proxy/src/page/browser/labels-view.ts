import { h } from "preact";
import { Bar, Card, Figure, VariantName } from "./card-view.ts";
import type { RecentDrift, VariantFigures } from "./comparison.ts";
import { DRIFT_SAMPLES, hasDrifted, isFar } from "./drift.ts";
import { formatCount, formatIndex, formatShare } from "./numbers.ts";

export function DriftAndLabels({ variants }: { variants: readonly VariantFigures[] }) {
  return h(
    Card,
    {
      id: "labels",
      title: "Labels",
      about: "What each model answers; the mark is its share in the model's own reference data",
      size: "wide",
    },
    h(
      "div",
      { class: "models" },
      variants.map((variant) => {
        const { name, index, labels } = variant;
        return h("div", { key: name }, [
          h("h3", {}, h(VariantName, { name, index })),
          labels.length === 0 ? h("p", { class: "detail" }, "No labels.") : null,
          h(
            "ul",
            { class: "label-rows" },
            labels.map(({ label, share, baseline }) =>
              h("li", { key: label }, [
                h("span", {}, label),
                h(Bar, { share, target: baseline, look: `v${index % 4}` }),
                h(
                  "strong",
                  {},
                  h(Figure, { name: `label ${label} ${name}`, value: share, text: formatShare(share) }),
                ),
                h("small", {}, baseline === undefined ? "" : `ref. ${formatShare(baseline, 0)}`),
              ]),
            ),
          ),
          h(DriftLine, { variant }),
        ]);
      }),
    ),
  );
}

function DriftLine({ variant }: { variant: VariantFigures }) {
  const { name, hasReference, fromReference, recently } = variant;
  if (!hasReference) return h("p", { class: "detail" }, "No reference to compare with.");
  const { fromPast } = recently;
  const drifts = hasDrifted(recently.fromReference, fromPast);
  return h("p", { class: `detail ${drifts ? "problem" : ""}` }, [
    "Distance (PSI) ",
    h(Figure, { name: `psi ${name}`, value: fromReference?.index, text: formatIndex(fromReference?.index) }),
    " from the reference",
    fromPast === undefined ? "" : `, ${formatIndex(fromPast.index)} from its own past`,
    `; in the last 15 minutes ${judge(recently)}`,
  ]);
}

function judge({ fromReference, fromPast }: RecentDrift): string {
  if (fromReference === undefined || fromReference.samples < DRIFT_SAMPLES)
    return `too few answers to say (${formatCount(fromReference?.samples ?? 0)})`;
  if (hasDrifted(fromReference, fromPast)) return "it drifts";
  return isFar(fromReference) ? "far, as it was before or with too little past to say" : "no drift";
}

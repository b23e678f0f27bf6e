import { h } from "preact";
import { Bar, Card, Figure, VariantName } from "./card-view.ts";
import type { VariantFigures } from "./comparison.ts";
import { DRIFT_SAMPLES, type Drift, hasDrifted, isFar } from "./drift.ts";
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
      variants.map(({ name, index, labels, fromReference, fromPast }) =>
        h("div", { key: name }, [
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
          h(DriftLine, { name, fromReference, fromPast }),
        ]),
      ),
    ),
  );
}

function DriftLine({
  name,
  fromReference,
  fromPast,
}: {
  name: string;
  fromReference: Drift | undefined;
  fromPast: Drift | undefined;
}) {
  if (fromReference === undefined) return h("p", { class: "detail" }, "No reference to compare with.");
  const { index } = fromReference;
  const drifts = hasDrifted(fromReference, fromPast);
  return h("p", { class: `detail ${drifts ? "problem" : ""}` }, [
    "Distance (PSI) ",
    h(Figure, { name: `psi ${name}`, value: index, text: formatIndex(index) }),
    " from the reference",
    fromPast === undefined ? "" : `, ${formatIndex(fromPast.index)} from its own past`,
    `: ${judge(fromReference, fromPast)}`,
  ]);
}

function judge(fromReference: Drift, fromPast: Drift | undefined): string {
  if (fromReference.samples < DRIFT_SAMPLES)
    return `too few answers to say (${formatCount(fromReference.samples)})`;
  if (hasDrifted(fromReference, fromPast)) return "it drifts";
  if (!isFar(fromReference)) return "no drift";
  return fromPast === undefined
    ? "far; whether it moved shows over a shorter time"
    : "far, as it was before or with too little past to say";
}

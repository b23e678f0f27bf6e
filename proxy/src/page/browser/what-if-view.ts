import { h } from "preact";
import type { VariantFacts } from "../snapshot.ts";
import { Card, VariantName } from "./card-view.ts";
import type { Actions } from "./page-view.ts";
import { askWhatIf, describeWhatIf, type WhatIf } from "./what-if.ts";

export function WhatIfCard({
  variants,
  wished,
  actions,
}: {
  variants: readonly VariantFacts[];
  wished: Readonly<Record<string, number>>;
  actions: Pick<Actions, "wish" | "forgetWishes">;
}) {
  const answer = askWhatIf(variants, wished);
  const isAsked = answer.moved > 0;
  return h(
    Card,
    {
      id: "what-if",
      title: "What if the weights were others?",
      about: "Nothing is written: who wants it edits the weights in the configuration file.",
      size: "whole",
    },
    [
      h("div", { class: "sliders" }, [
        variants.map((variant, index) =>
          variant.role === "control"
            ? null
            : h(Slider, {
                key: variant.name,
                variant,
                index,
                weight: answer.weights[index]?.weight ?? 0,
                wish: (weight) => actions.wish(variant.name, weight),
              }),
        ),
        h(
          "button",
          { type: "button", disabled: !isAsked, onClick: actions.forgetWishes },
          "Back to the running weights",
        ),
      ]),
      h(BucketStrip, { variants, answer }),
      h("p", { class: "answer", "aria-live": "polite" }, describeWhatIf(answer)),
    ],
  );
}

function Slider({
  variant: { name, weight: running },
  index,
  weight,
  wish,
}: {
  variant: VariantFacts;
  index: number;
  weight: number;
  wish(weight: number): void;
}) {
  const id = `weight-${index}`;
  return h("div", { class: `slider v${index % 4}` }, [
    h("label", { for: id }, ["Weight of ", h(VariantName, { name, index })]),
    h("input", {
      id,
      type: "range",
      min: 0,
      max: 100,
      step: 1,
      value: weight,
      "aria-valuetext": `${weight} per cent; running: ${running}`,
      onInput: (event: Event) => {
        if (event.currentTarget instanceof HTMLInputElement) wish(event.currentTarget.valueAsNumber);
      },
    }),
    h("output", { for: id }, `${weight} %`),
  ]);
}

function BucketStrip({ variants, answer }: { variants: readonly VariantFacts[]; answer: WhatIf }) {
  const looks = new Map(variants.map(({ name }, index) => [name, index % 4]));
  return h("div", {}, [
    h(
      "div",
      { class: "buckets", role: "img", "aria-label": `The hundred buckets. ${describeWhatIf(answer)}` },
      answer.owners.map((owner, bucket) =>
        h(
          "span",
          {
            key: bucket,
            class: `bucket v${looks.get(owner)} ${answer.movedBuckets.has(bucket) ? "moved" : ""}`,
          },
          answer.movedBuckets.has(bucket) ? "↷" : "",
        ),
      ),
    ),
    h("p", { class: "ends", "aria-hidden": "true" }, [h("span", {}, "bucket 0"), h("span", {}, "bucket 99")]),
    h("p", { class: "legend" }, [
      variants.map(({ name }, index) =>
        h("span", { key: name }, [h("span", { class: `bucket v${index % 4}`, "aria-hidden": "true" }), name]),
      ),
      h("span", {}, [h("span", { class: "bucket moved", "aria-hidden": "true" }, "↷"), "would move"]),
    ]),
  ]);
}

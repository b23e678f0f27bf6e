import { h } from "preact";
import type { MaskedSnapshot, MaskedVariant } from "../snapshot.ts";
import { Bar, Card } from "./card-view.ts";
import { formatClock, formatCount, formatShare } from "./numbers.ts";
import { Reloads } from "./reloads-view.ts";
import { Verdict } from "./verdict-view.ts";

/** For whoever must stay blind: what is not in the snapshot cannot be here. */
export function MaskedPage({ snapshot }: { snapshot: MaskedSnapshot }) {
  const { variants, requests, isAvailable, at, nextAt, reloads, verdict } = snapshot;
  return h("div", { class: "cards" }, [
    verdict === undefined ? null : h(Verdict, { verdict, at }),
    h(Card, { id: "masked", title: "Masked", size: "whole" }, [
      h("ul", { class: "statements" }, [
        h("li", { class: isAvailable ? "plain" : "look" }, [
          h("p", { class: "said" }, isAvailable ? "Every variant answers" : "A variant does not answer"),
          h("p", { class: "because" }, `about ${formatCount(requests)} requests since the gateways began`),
        ]),
      ]),
      h(
        "p",
        { class: "detail hidden-facts" },
        `So that whoever watches stays blind, the gateway does not say which variant is which, nor weights, counts of a variant, latency, memory, processes and labels that only one model has. Shares are coarse. Of ${formatClock(at)}; the next are made at ${formatClock(nextAt)}.`,
      ),
    ]),
    variants.map((variant, index) => h(MaskedCard, { key: variant.name, variant, index })),
    h(Reloads, { reloads }),
  ]);
}

function MaskedCard({
  variant: { name, errorShare, labelShares },
  index,
}: {
  variant: MaskedVariant;
  index: number;
}) {
  const labels = Object.entries(labelShares);
  return h(Card, { id: `variant-${index}`, title: `Variant ${name}`, size: "half" }, [
    h("p", { class: "masked-errors" }, [
      "Requests that ended with a 5xx: ",
      h(
        "strong",
        {},
        errorShare === undefined
          ? "too few answers to say"
          : `${formatShare(errorShare.atLeast)} to ${formatShare(errorShare.below)}`,
      ),
    ]),
    h("h3", {}, "Labels"),
    labels.length === 0
      ? h("p", { class: "detail" }, "Said of all variants or of none, from some thousand answers of each.")
      : h(
          "ul",
          { class: "label-rows" },
          labels.map(([label, share]) =>
            h("li", { key: label }, [
              h("span", {}, label),
              h(Bar, { share, look: "masked" }),
              h("strong", {}, formatShare(share, 0)),
            ]),
          ),
        ),
  ]);
}

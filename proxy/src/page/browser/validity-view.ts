import { h } from "preact";
import type { GatewaySnapshot, WorkerSnapshot } from "../snapshot.ts";
import { Card } from "./card-view.ts";
import type { VariantFigures } from "./comparison.ts";
import { type Check, checkValidity } from "./validity.ts";

const SIGNS: Readonly<Record<Check["state"], string>> = { ok: "✓", look: "!", unknown: "…" };
const WORDS: Readonly<Record<Check["state"], string>> = { ok: "fine", look: "look", unknown: "cannot say" };

export function Validity(props: {
  variants: readonly VariantFigures[];
  gateways: readonly GatewaySnapshot[];
  workers: readonly WorkerSnapshot[];
}) {
  const checks = checkValidity(props.variants, props.gateways, props.workers);
  return h(
    Card,
    { id: "validity", title: "Is it valid?", size: "whole" },
    h(
      "ul",
      { class: "checks" },
      checks.map(({ name, state, finding }) =>
        h("li", { class: state }, [
          h("p", { class: "name" }, [
            h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[state]),
            h("strong", {}, name),
            h("span", { class: "state" }, WORDS[state]),
          ]),
          h("p", { class: "finding" }, finding),
        ]),
      ),
    ),
  );
}

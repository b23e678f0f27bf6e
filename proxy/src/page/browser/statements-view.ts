import { h } from "preact";
import { Card } from "./card-view.ts";
import type { Span } from "./spans.ts";
import type { Statement } from "./words.ts";

export function Statements({ statements, span }: { statements: readonly Statement[]; span: Span }) {
  return h(
    Card,
    {
      id: "statements",
      title: upperFirst(span.lengthMs === undefined ? span.words : `in ${span.words}`),
      size: "whole",
    },
    h(
      "ul",
      { class: "statements" },
      statements.map(({ said, because, tone }) =>
        h("li", { class: tone }, [h("p", { class: "said" }, said), h("p", { class: "because" }, because)]),
      ),
    ),
  );
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

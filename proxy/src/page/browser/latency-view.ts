import { h } from "preact";
import { Card, Figure, VariantName } from "./card-view.ts";
import { Chart } from "./chart-view.ts";
import type { VariantFigures } from "./comparison.ts";
import type { History } from "./history.ts";
import { drawLines } from "./lines.ts";
import { formatCount, formatLength, formatSeconds } from "./numbers.ts";
import { type Span, trailMs } from "./spans.ts";

export function Latency(props: {
  title: string;
  about: string;
  of: "wait" | "inference";
  variants: readonly VariantFigures[];
  history: History;
  span: Span;
}) {
  const { title, about, of, variants, history, span } = props;
  const drawn = drawLines(
    history,
    span,
    variants.map(({ name }) => name),
    of,
  );
  const indexes = new Map(variants.map(({ name, index }) => [name, index]));
  return h(Card, { id: of, title, about, size: "half" }, [
    h(Chart, {
      label: `${title}: P50 and P99 of each variant over time; the table below has the figures.`,
      note: `Each point is of the ${formatLength(trailMs(span))} before it.`,
      times: drawn.times,
      lines: drawn.lines.map(({ variant, quantile, values }) => ({
        name: `${variant} ${quantile === 0.5 ? "P50" : "P99"}`,
        look: indexes.get(variant) ?? 0,
        isThin: quantile !== 0.5,
        values,
      })),
    }),
    h("table", {}, [
      h("caption", { class: "spoken" }, `${title}, ${span.words}`),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          HEADS.map((head) => h("th", { scope: "col" }, head)),
        ),
      ),
      h(
        "tbody",
        {},
        variants.map((variant) => h(Row, { key: variant.name, variant, of })),
      ),
    ]),
  ]);
}

const HEADS = [
  "Variant",
  ["P50 ", h("span", { class: "thick-line", "aria-hidden": "true" })],
  ["P99 ", h("span", { class: "thin-line", "aria-hidden": "true" })],
  "Mean",
  "Count",
];

function Row({ variant, of }: { variant: VariantFigures; of: "wait" | "inference" }) {
  const { name, index } = variant;
  const { p50, p99, mean, count } = variant[of];
  const cell = (what: string, value: number | undefined) =>
    h("td", {}, h(Figure, { name: `${of}-${what} ${name}`, value, text: formatSeconds(value) }));
  return h("tr", {}, [
    h("th", { scope: "row" }, h(VariantName, { name, index })),
    cell("p50", p50),
    cell("p99", p99),
    cell("mean", mean),
    h("td", {}, h(Figure, { name: `${of}-count ${name}`, value: count, text: formatCount(count) })),
  ]);
}

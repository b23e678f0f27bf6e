import { h } from "preact";
import { Bar, Card, Figure, VariantName } from "./card-view.ts";
import type { VariantFigures } from "./comparison.ts";
import { type History, increase } from "./history.ts";
import { formatCount, formatRate, formatShare } from "./numbers.ts";

/** How far back "now" reaches. */
const NOW_MS = 10_000;

export function Traffic({ variants, history }: { variants: readonly VariantFigures[]; history: History }) {
  const now = increase(history, NOW_MS);
  const rate = (name: string) =>
    now === undefined
      ? undefined
      : (Object.values(now.variants[name]?.requests ?? {}).reduce((sum, count) => sum + count, 0) * 1_000) /
        now.lengthMs;
  return h(
    Card,
    {
      id: "traffic",
      title: "Traffic",
      about: "Share of the answers; the mark is what the weights predict",
      size: "narrow",
    },
    h(
      "ul",
      { class: "rows" },
      variants.map(({ name, index, role, weight, exposures, exposureShare, expectedShare }) =>
        h("li", { key: name }, [
          h("div", { class: "row-head" }, [
            h("span", {}, [h(VariantName, { name, index }), h("small", {}, role)]),
            h(
              "strong",
              {},
              h(Figure, { name: `share ${name}`, value: exposureShare, text: formatShare(exposureShare) }),
            ),
          ]),
          h(Bar, { share: exposureShare, target: expectedShare ?? weight / 100, look: `v${index % 4}` }),
          h("p", { class: "detail" }, [
            `weight ${weight} %, expected ${formatShare(expectedShare)} · `,
            h(Figure, { name: `exposures ${name}`, value: exposures, text: formatCount(exposures) }),
            ` answers · now ${formatRate(rate(name))}`,
          ]),
        ]),
      ),
    ),
  );
}

import { h } from "preact";
import { Card, Figure, VariantName } from "./card-view.ts";
import type { VariantFigures } from "./comparison.ts";
import { formatCount, formatSmallShare } from "./numbers.ts";
import { FAILING } from "./words.ts";

export function Errors({ variants }: { variants: readonly VariantFigures[] }) {
  return h(
    Card,
    {
      id: "errors",
      title: "Errors",
      about: "Requests that ended with a 5xx, as callers saw them, of all requests",
      size: "narrow",
    },
    h(
      "ul",
      { class: "rows" },
      variants.map(({ name, index, requests, serverErrorShare, requestsByStatus }) =>
        h("li", { key: name, class: (serverErrorShare ?? 0) > FAILING ? "look" : "" }, [
          h("div", { class: "row-head" }, [
            h(VariantName, { name, index }),
            h(
              "strong",
              {},
              h(Figure, {
                name: `errors ${name}`,
                value: serverErrorShare,
                text: formatSmallShare(serverErrorShare),
              }),
            ),
          ]),
          h("p", { class: "detail" }, [
            h(Figure, { name: `requests ${name}`, value: requests, text: formatCount(requests) }),
            ` requests${describeStatuses(requestsByStatus)}`,
          ]),
        ]),
      ),
    ),
  );
}

function describeStatuses(byStatus: Readonly<Record<string, number>>): string {
  const statuses = Object.entries(byStatus)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([status, count]) => `${status}: ${formatCount(count)}`);
  return statuses.length === 0 ? "" : ` · ${statuses.join(" · ")}`;
}

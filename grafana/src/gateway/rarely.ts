import { one, type Query } from "../query.ts";

/**
 * Of many series that are mostly 0 the others, and a line "none at all" at 0, so that an empty panel always means that
 * nobody measures.
 */
export function rarely(id: string, labels: readonly string[], expr: string): Query {
  const others = `sum by (${labels.join(", ")}) (${expr}) > 0`;
  const none = labels.reduce(
    (zero, label, index) =>
      `label_replace(${zero}, "${label}", "${index === 0 ? "none" : "at all"}", "", "")`,
    `0 * sum(${expr})`,
  );
  return one(id, `(${others}) or ${none}`, labels.map((label) => `{{${label}}}`).join(" "));
}

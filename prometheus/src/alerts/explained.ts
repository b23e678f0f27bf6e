import { BURN_RATES, type BurnRate, OBJECTIVES } from "../objectives.ts";
import type { Alert } from "../rule.ts";
import type { Subject, Writing } from "../subject.ts";

/**
 * Says of a page that the budget of errors burns, that it is about a model whose workers are all down, for which
 * TargetDown has paged already. It reads
 * the other alerts, so it stands in a group of its own, an evaluation behind them; it is there well before the burn,
 * which waits longer than TargetDown.
 */
export function writeExplained(writing: Writing): Subject {
  const pages = BURN_RATES.filter(({ severity }) => severity === "page");
  return {
    about: [
      "For Alertmanager alone: whether a burning budget of errors is that of a model whose workers are down, so that it is",
      "one page.",
    ],
    group: { name: "explained", rules: pages.map((burn) => writeExplanation(writing, burn)) },
  };
}

function writeExplanation({ pace, writeAlert }: Writing, { factor, long, short }: BurnRate): Alert {
  const limit = Number((factor * (1 - OBJECTIVES.answered)).toPrecision(6));
  // TargetDown pages for a model only while none of its workers answers: one of several that is down explains nothing of
  // what the others answer. The errors of an outage stay in the window for as long as it is.
  const lost = `group by (model_version) (max_over_time(ALERTS{alertname="TargetDown", severity="page", model_version!="", alertstate="firing"}[${pace(short)}]))`;
  const others = (selector: string) =>
    `sum by (job) (rate(ab_requests_total${selector}[${pace(short)}]) unless on (model_version) ${lost})`;
  return writeAlert({
    name: "ABErrorsExplained",
    // Products, not a ratio: without any other request there is no other error.
    expr: [`${others('{status=~"5.."}')}`, `<= ${limit} * ${others("")}`, `and on () count(${lost})`].join(
      "\n",
    ),
    severity: "none",
    tier: "proxy",
    labels: { slo: "errors", window: long },
    summary: "The error budget burns because a model's workers are down",
    description: `Without the variants that were without any worker in the last ${short}, too few requests fail for ABErrorBudgetBurn (${long}), which this alert mutes.`,
  });
}

import { h } from "preact";
import type { VerdictDifference, VerdictFacts, VerdictSnapshot } from "../verdict/verdict-snapshot.ts";
import { Card, Figure } from "./card-view.ts";
import { formatList } from "./numbers.ts";
import {
  formatDifference,
  formatSize,
  nameMetric,
  placeInterval,
  sayAnswer,
  sayGuardrail,
  sayHeadline,
  sayLooks,
} from "./verdict.ts";

const SIGNS = { ok: "✓", look: "!", unknown: "…" } as const;

/** What the judge says, before all that it says it of. */
export function Verdict({ verdict, at }: { verdict: VerdictSnapshot; at: number }) {
  if ("problem" in verdict) {
    const { problem, isEarly = false } = verdict;
    const said = isEarly ? "No verdict yet" : "No verdict";
    return h(Card, { id: "verdict", title: "Verdict", size: "whole" }, [
      h(Answer, { said, because: problem, isAlarm: !isEarly }),
    ]);
  }
  const { said, isAlarm } = sayAnswer(verdict);
  const looks = sayLooks(verdict, at);
  return h(Card, { id: "verdict", title: "Verdict", size: "whole" }, [
    h(Answer, { said, because: sayHeadline(verdict), isAlarm }),
    verdict.answer === "invalid" ? h(Reasons, { reasons: verdict.reasons }) : h(Numbers, { verdict }),
    verdict.stopped.length === 0
      ? null
      : h(
          "p",
          { class: "detail problem" },
          `Stopped: ${formatList(verdict.stopped)}. The control has the users until the next phase.`,
        ),
    h("p", { class: looks.isLate ? "detail problem" : "detail" }, looks.said),
  ]);
}

function Answer({ said, because, isAlarm }: { said: string; because: string; isAlarm: boolean }) {
  return h("div", { class: isAlarm ? "verdict-answer look" : "verdict-answer" }, [
    h("p", { class: "said" }, [
      isAlarm ? h("span", { class: "sign", "aria-hidden": "true" }, SIGNS.look) : null,
      h("span", {}, said),
    ]),
    h("p", { class: "headline" }, because),
  ]);
}

function Reasons({ reasons }: { reasons: readonly string[] }) {
  return reasons.length === 0
    ? null
    : h(
        "ul",
        { class: "reasons" },
        reasons.map((reason) => h("li", { key: reason }, reason)),
      );
}

function Numbers({ verdict }: { verdict: VerdictFacts }) {
  const { differences, guardrails } = verdict;
  return h("div", { class: "verdict-numbers" }, [
    differences.map((difference) =>
      h(Difference, { key: `${difference.of} ${difference.less}`, difference, verdict }),
    ),
    guardrails.length === 0
      ? null
      : h("div", {}, [
          h("h3", {}, "Guardrails"),
          h(
            "ul",
            { class: "guardrails" },
            guardrails
              .map(sayGuardrail)
              .map(({ name, state, word }) =>
                h("li", { key: name, class: state }, [
                  h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[state]),
                  h("span", {}, [h("strong", {}, name), ` ${word}`]),
                ]),
              ),
          ),
        ]),
  ]);
}

function Difference({ difference, verdict }: { difference: VerdictDifference; verdict: VerdictFacts }) {
  const { of, less, estimate } = difference;
  const { metric, direction, margin } = verdict;
  const aim = direction === "increase" ? "higher is better" : "lower is better";
  const limit = margin === 0 ? "" : `; up to ${formatSize(metric, margin)} does not matter`;
  return h("div", { class: "difference" }, [
    h("h3", {}, `${nameMetric(metric)}: ${of} less ${less}`),
    estimate === null
      ? h("p", { class: "detail" }, "No data yet.")
      : [
          h("p", { class: "measured" }, [
            h(
              "strong",
              {},
              h(Figure, {
                name: `verdict ${of}`,
                value: estimate.value,
                text: formatDifference(metric, estimate.value),
              }),
            ),
            ` between ${formatDifference(metric, estimate.low)} and ${formatDifference(metric, estimate.high)}`,
          ]),
          h(IntervalBar, { estimate, margin }),
        ],
    h("p", { class: "detail" }, `${aim}${limit}`),
  ]);
}

/** From the interval's one end to the other, over the margin around 0; what it shows stands above it in words. */
function IntervalBar({
  estimate,
  margin,
}: {
  estimate: NonNullable<VerdictDifference["estimate"]>;
  margin: number;
}) {
  const places = placeInterval(estimate, margin);
  const between = (from: number, to: number) => ({ left: `${100 * from}%`, width: `${100 * (to - from)}%` });
  return h("div", { class: "interval", "aria-hidden": "true" }, [
    h("div", { class: "margin", style: between(1 - places.margin, places.margin) }),
    h("div", { class: "zero" }),
    h("div", { class: "range", style: between(places.low, places.high) }),
    h("div", { class: "point", style: { left: `${100 * places.value}%` } }),
  ]);
}

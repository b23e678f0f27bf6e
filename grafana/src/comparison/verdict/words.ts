import { MappingType, type ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import { COLORS } from "../../color.ts";
import { OF_EXPERIMENT, one, type Query } from "../../query.ts";

/** A word for each number that a panel gets; the colour says nothing that the word does not. */
export function inWords(words: Readonly<Record<number, readonly [text: string, color: string]>>) {
  const options = Object.entries(words).map(([number, [text, color]], index) => [
    number,
    { text, color, index },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) } satisfies ValueMapping;
}

/**
 * The split is broken at the end of the time that is shown, and so in all of it: a ratio that has failed was not right
 * before, it was only not seen yet.
 */
const BROKEN = `max by (experiment) (ab_verdict_sample_ratio_failed{${OF_EXPERIMENT}} @ end()) == 1`;

/** Nothing while the split is broken. @param expr has the label `experiment` */
export function unlessBroken(expr: string): string {
  return `(${expr}) unless on (experiment) (${BROKEN})`;
}

/** Stands where `unlessBroken` leaves nothing. */
const VOID = -1;
export const VOID_IN_WORDS = { [VOID]: ["INVALID", COLORS.alarm] } as const;
export const whileBroken: Query = one("void", `${VOID} * (${BROKEN})`, "sample ratio mismatch");

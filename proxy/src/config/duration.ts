import { z } from "zod";
import { shown } from "./messages.ts";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FORM = /^([0-9]{1,9})(ms|s|m|h|d)$/;

/** A number with its unit, such as `250ms`; undefined for anything else. */
function parseDuration(text: string): number | undefined {
  const [, digits, unit] = FORM.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit as keyof typeof UNITS];
}

/** The shortest exact form: the largest unit that divides `ms`. */
export function formatDuration(ms: number): string {
  const units = Object.entries(UNITS).reverse();
  const [unit, size] = units.find(([, size]) => ms >= size && ms % size === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}

/** Schema of a duration from `least` to `most` (both inclusive), parsed to milliseconds; `words` may stand for it. */
export function duration<const Word extends string = never>(
  least: string,
  most: string,
  words: readonly Word[] = [],
) {
  const alternatives = words.map((word) => `, or ${word}`).join("");
  const remedy = `write a whole number and its unit, such as 250ms, 1s, 5m, 2h or 30d (${least} to ${most})${alternatives}`;
  const notDuration = ({ input }: { input?: unknown }) =>
    input === undefined ? `is missing: ${remedy}` : `${shown(input)} is no duration: ${remedy}`;
  const form = words.length === 0 ? FORM : new RegExp(`^(?:${words.join("|")})$|${FORM.source}`);
  return z
    .string({ error: notDuration })
    .regex(form, { error: notDuration })
    .transform((text, context): number | Word => {
      const word = words.find((known) => known === text);
      if (word !== undefined) return word;
      const ms = parseDuration(text) ?? Number.NaN;
      if (ms >= (parseDuration(least) ?? 0) && ms <= (parseDuration(most) ?? 0)) return ms;
      context.addIssue({
        code: "custom",
        message: `${text} is out of range: use ${least} to ${most}${alternatives}`,
        input: text,
      });
      return z.NEVER;
    });
}

import { z } from "zod";

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

/** Schema of a duration from `least` to `most` (both inclusive), parsed to milliseconds. */
export function duration(least: string, most: string) {
  const remedy = `write a whole number and its unit, such as 250ms, 1s, 5m, 2h or 30d (${least} to ${most})`;
  const notDuration = (issue: { input?: unknown }) =>
    `${JSON.stringify(issue.input)} is no duration: ${remedy}`;
  return z
    .string({ error: notDuration })
    .regex(FORM, { error: notDuration })
    .transform((text, context) => {
      const ms = parseDuration(text) ?? Number.NaN;
      if (ms >= (parseDuration(least) ?? 0) && ms <= (parseDuration(most) ?? 0)) return ms;
      context.addIssue({
        code: "custom",
        message: `${text} is out of range: use ${least} to ${most}`,
        input: text,
      });
      return z.NEVER;
    });
}

import { z } from "zod";

/*
 * The judge's JSON, as far as the page shows it, with bounds for whatever may answer at its address: MaskedVerdict of
 * `GET /verdict` and Verdict of `GET /verdict/open` (analysis/src/verdict). What else is in them is passed over.
 */

const MOST_VARIANTS = 100;
const MOST_METRICS = 40;

const sentence = z.string().max(2_000);
const name = z.string().min(1).max(200);
/** X, Y, Z … A, then X2 …: whatever else stood there would tell something. */
const letter = z.string().regex(/^[A-Z][0-9]{0,3}$/);
const metric = z.string().regex(/^[a-z][a-z0-9_]{0,60}$/);
/** Milliseconds since 1970. */
const moment = z.number().min(0).max(8.64e15);
const number = z.number().min(-1e12).max(1e12);
const estimate = z.object({ value: number, low: number, high: number });
const kind = z.enum(["primary", "guardrail", "secondary"]);

const shared = {
  schema: z.literal(1),
  experiment: name,
  phase: z.number().int().min(0),
  at: moment,
  looks: z.number().int().min(0),
  headline: sentence,
  reasons: z.array(sentence).max(200),
  daysLeft: z.number().min(0).max(1e6).nullable(),
  metric,
  direction: z.enum(["increase", "decrease"]),
  margin: z.number().min(0).max(1e12),
  validity: z.object({ sampleRatio: z.object({ check: z.enum(["ok", "failed", "unknown"]) }) }),
} as const;

export const openAnswer = z.object({
  ...shared,
  answer: z.enum(["invalid", "guardrail_breached", "better", "worse", "no_difference", "not_enough_data"]),
  comparisons: z
    .array(
      z.object({
        treatment: name,
        control: name,
        metrics: z
          .array(
            z.object({
              metric,
              kind,
              difference: estimate.nullable(),
              decision: z.enum(["better", "worse", "no_difference", "breached", "holds", "open"]),
            }),
          )
          .max(MOST_METRICS),
      }),
    )
    .max(MOST_VARIANTS),
  stopped: z.array(z.object({ treatment: name })).max(MOST_VARIANTS),
});
export type OpenAnswer = z.infer<typeof openAnswer>;

export const maskedAnswer = z.object({
  ...shared,
  masked: z.literal(true),
  answer: z.enum(["invalid", "guardrail_breached", "better", "no_difference", "not_enough_data"]),
  comparisons: z
    .array(z.object({ first: letter, second: letter, metric, kind, difference: estimate.nullable() }))
    .max(MOST_VARIANTS * MOST_METRICS),
  guardrails: z
    .array(
      z.object({
        metric,
        state: z.enum(["breached", "holds", "open"]),
        breached: z.array(letter).max(MOST_VARIANTS),
      }),
    )
    .max(MOST_METRICS),
  stopped: z.array(z.object({ letter })).max(MOST_VARIANTS),
});
export type MaskedAnswer = z.infer<typeof maskedAnswer>;

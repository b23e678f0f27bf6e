import { z } from "zod";
import type { MaskedVerdict } from "../../verdict/masked-verdict.ts";
import {
  check,
  contamination,
  counts,
  direction,
  estimate,
  frame,
  history,
  metric,
  missing,
  moment,
  sampleRatio,
  text,
  whale,
} from "./verdict-schema.ts";

const comparison = z.object({
  first: text,
  second: text,
  pair: text,
  metric,
  kind: z.enum(["primary", "secondary"]),
  direction,
  margin: z.number(),
  alpha: z.number(),
  events: z.number(),
  values: counts.nullable(),
  difference: estimate.nullable(),
  logLikelihoodRatio: z.number().nullable(),
  pValue: z.number().nullable(),
  decision: z.enum(["better", "no_difference", "open"]),
  better: text.nullable(),
  decidedAt: moment.nullable(),
  history,
});

/** A masked verdict as a judge says it. */
export const maskedSchema: z.ZodType<MaskedVerdict> = z.object({
  ...frame,
  masked: z.literal(true),
  answer: z.enum(["invalid", "guardrail_breached", "better", "no_difference", "not_enough_data"]),
  better: z.object({ letter: text, than: text }).nullable(),
  letters: z.array(text),
  exposures: z.number(),
  validity: z.object({
    sampleRatio,
    whale,
    missing,
    comparable: z.object({ check }),
    contamination,
    coverage: z.object({ check, difference: z.number().nullable(), truths: z.number() }),
    incorrectOnly: z.boolean(),
  }),
  comparisons: z.array(comparison),
  guardrails: z.array(
    z.object({
      metric,
      direction,
      margin: z.number(),
      state: z.enum(["breached", "holds", "open"]),
      breached: z.array(text),
      decidedAt: moment.nullable(),
    }),
  ),
  agreement: z.object({ count: z.number(), share: z.number() }).nullable(),
  stopped: z.array(z.object({ letter: text, at: moment, metric })),
});

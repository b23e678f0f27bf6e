import { z } from "zod";
import { DIRECTIONS, METRICS } from "../../../../proxy/src/config/analysis-config.ts";
import type { Verdict } from "../../verdict/verdict.ts";

/** Names go to terminals and pages: none may carry what a terminal would obey. */
export const text = z
  .string()
  .max(10_000)
  .regex(/^[^\p{Cc}]*$/u);
const hash = text.max(200);
export const moment = z.number();
export const metric = z.enum(METRICS);
export const direction = z.enum(DIRECTIONS);
export const check = z.enum(["ok", "failed", "unknown"]);
export const counts = z.record(text, z.number());

/** JSON has no infinity: an end that was open is null. */
export const estimate = z.object({
  value: z.number(),
  low: z
    .number()
    .nullable()
    .transform((low) => low ?? Number.NEGATIVE_INFINITY),
  high: z
    .number()
    .nullable()
    .transform((high) => high ?? Number.POSITIVE_INFINITY),
});
export const history = z.array(z.object({ at: moment, difference: estimate })).max(10_000);

export const sampleRatio = z.object({
  check,
  logLikelihoodRatio: z.number(),
  limit: z.number(),
  failedAt: moment.nullable(),
});
export const whale = z.object({ check, largestShare: z.number(), limit: z.number() });
export const missing = z.object({ check, steps: z.number(), of: z.number() });
export const contamination = z.object({ requests: z.number(), share: z.number() });

/** What both kinds of verdict begin with. */
export const frame = {
  schema: z.literal(1),
  experiment: text,
  phase: z.number().int(),
  configHashes: z.array(hash),
  analysisHash: hash,
  at: moment,
  since: moment.nullable(),
  endsAt: moment.nullable(),
  looks: z.number().int(),
  decidedAt: moment.nullable(),
  headline: text,
  reasons: z.array(text),
  daysLeft: z.number().nullable(),
  metric,
  direction,
  margin: z.number(),
  alpha: z.number(),
} as const;

const known = z.number().nullable();

const classification = z.object({
  labels: z.array(text),
  confusion: z.array(z.array(z.number())),
  count: z.number(),
  accuracy: estimate,
  macroRecall: estimate,
  macroF1: estimate,
  classes: z.array(
    z.object({
      label: text,
      precision: estimate.nullable(),
      recall: estimate.nullable(),
      f1: estimate.nullable(),
      count: z.number(),
    }),
  ),
  kappa: known,
  reweightedAccuracy: known,
  worstCase: z.object({ low: z.number(), high: z.number() }).nullable(),
  byNeutralRule: z.object({ "own-class": known, drop: known, "to-negative": known }),
});

const variant = z.object({
  name: text,
  role: z.enum(["control", "treatment"]),
  exposures: z.number(),
  expected: z.number(),
  errors: z.number(),
  slow: z.number(),
  outcomes: counts,
  coverage: estimate.nullable(),
  classification: classification.nullable(),
  regression: z
    .object({ count: z.number(), meanAbsoluteError: estimate, rootMeanSquaredError: estimate, r2: known })
    .nullable(),
});

const comparison = z.object({
  treatment: text,
  control: text,
  metrics: z.array(
    z.object({
      metric,
      kind: z.enum(["primary", "guardrail", "secondary"]),
      direction,
      margin: z.number(),
      alpha: z.number(),
      control: known,
      treatment: known,
      difference: estimate.nullable(),
      pooledDifference: known,
      standardErrors: z.object({ clustered: z.number(), block: z.number() }).nullable(),
      logLikelihoodRatio: known,
      pValue: known,
      naivePValue: known,
      decision: z.enum(["better", "worse", "no_difference", "breached", "holds", "open"]),
      decidedAt: moment.nullable(),
      history,
    }),
  ),
});

const cost = z.object({
  variant: text,
  replicas: z.number(),
  predictions: z.number(),
  meanLatencySeconds: known,
  p50LatencySeconds: known,
  p99LatencySeconds: known,
  residentBytes: known,
  cpuSecondsPerThousand: known,
});

/** A whole verdict as a judge says it, or keeps it. */
export const verdictSchema: z.ZodType<Verdict> = z.object({
  ...frame,
  answer: z.enum(["invalid", "guardrail_breached", "better", "worse", "no_difference", "not_enough_data"]),
  treatment: text.nullable(),
  variants: z.array(variant),
  validity: z.object({
    sampleRatio,
    whale,
    missing,
    comparable: z.object({ check, differences: z.array(text) }),
    contamination,
    coverage: z.object({ check, difference: estimate.nullable() }),
    incorrectOnly: z.boolean(),
  }),
  comparisons: z.array(comparison),
  costs: z.array(cost),
  agreements: z.array(
    z.object({
      primary: text,
      shadow: text,
      count: z.number(),
      agreed: z.number(),
      kappa: known,
      pairs: z.array(z.object({ label: text, shadowLabel: text, count: z.number() })),
    }),
  ),
  stopped: z.array(z.object({ treatment: text, at: moment, metric })),
});

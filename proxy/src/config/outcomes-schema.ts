import { z } from "zod";
import { NUMERIC_OUTCOMES, PLAIN_OUTCOMES } from "./analysis-config.ts";
import { duration } from "./duration.ts";
import { shown } from "./messages.ts";
import { wholeNumber } from "./number.ts";
import { absolutePath, labelName, webOrigin } from "./outcome-names.ts";
import { redisUrl } from "./redis-url.ts";
import { bearerToken, secretTexts } from "./secret.ts";

const bounds = z
  .strictObject({
    name: z.enum(NUMERIC_OUTCOMES).meta({ description: "revenue, rating or nps." }),
    min: z.number().min(-1e9).max(1e9).meta({ description: "Least value." }),
    max: z.number().min(-1e9).max(1e9).meta({ description: "Greatest value." }),
  })
  .refine(({ min, max }) => min < max, {
    error: ({ input }) => {
      const { min, max } = input as { min: number; max: number };
      return `has min ${min}, which is not below max ${max}: make min the lesser of the two`;
    },
  });

const allowed = z.union([z.enum(PLAIN_OUTCOMES), bounds], {
  error: ({ input }) =>
    `must be one of ${PLAIN_OUTCOMES.join(", ")}, or a map such as {name: revenue, min: 0, max: 1000} (${NUMERIC_OUTCOMES.join(", ")}), and is ${shown(input)}`,
});

const rate = z
  .strictObject({
    requests: wholeNumber(1, 1_000_000).meta({ description: "Requests of one address in each window." }),
    per: duration("1s", "1d").meta({ description: "Length of the window." }),
  })
  .meta({ description: "How often one address may report; more is answered 429." });

export const outcomesSection = z
  .strictObject({
    secrets: z.union([z.literal(""), secretTexts]).meta({
      description:
        "Encrypts the tokens that outcomes are reported with; of several the first encrypts and all of them decrypt. Empty gives no tokens.",
    }),
    path: absolutePath.prefault("/-/outcomes").meta({
      description: "Where outcomes are reported, on the traffic listener.",
    }),
    key: bearerToken.optional().meta({
      description: "Secret that reports ask for as `Authorization: Bearer`.",
    }),
    origins: z.array(webOrigin).max(100).prefault([]).meta({
      description: "Origins whose pages may read X-Outcome-Token and report (CORS).",
    }),
    max_age: duration("1s", "90d").prefault("7d").meta({
      description: "Tokens older than this are refused; counts of an ended phase stay as long.",
    }),
    rate: rate.optional(),
    allowed: z
      .array(allowed)
      .min(1)
      .max(PLAIN_OUTCOMES.length + NUMERIC_OUTCOMES.length)
      .prefault(["correct", "incorrect", "converted"])
      .meta({ description: "Outcomes that may be reported; numeric ones with their bounds." }),
    labels: z.array(labelName).max(20).prefault([]).meta({
      description: "Labels that predictions and `true_label` may have.",
    }),
    duplicates: z
      .strictObject({
        window: wholeNumber(1_000, 10_000_000).prefault(1_000_000).meta({
          description: "How many reports a replica remembers, so that none counts twice.",
        }),
        redis: redisUrl.optional().meta({
          description: "redis:// or rediss:// address, where several replicas share that memory.",
        }),
      })
      .prefault({})
      .meta({ description: "How reports that come twice are known." }),
    journal: z.string().min(1).max(1000).optional().meta({
      description: "File that outcomes are written to before they are acknowledged; read again at the start.",
    }),
  })
  .meta({ description: "What happened after the answers: labels, clicks, purchases, ratings." });

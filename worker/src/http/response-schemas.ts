import * as z from "zod";
import { ERROR_STATUS, type ErrorCode } from "../errors.ts";
import type { Contract } from "./contract.ts";
import { metadataSchema } from "./metadata.ts";
import type { SchemaNotes } from "./request-schemas.ts";

/** Every code that a caller can see. Status 0 is an error of the start or of the process. */
export const CALLER_CODES = (Object.keys(ERROR_STATUS) as ErrorCode[]).filter(
  (code) => ERROR_STATUS[code] !== 0,
);

/** Bodies of the answers; the tests hold every answer against these. */
export function createResponseSchemas(contract: Contract, notes: SchemaNotes) {
  const { prediction, detailed } = createPredictionSchemas(contract, notes);
  const listOf = (one: z.ZodType) =>
    z.strictObject({ predictions: z.array(one).min(1).max(contract.limits.texts) });
  return {
    prediction,
    predictions: listOf(prediction).register(notes, {
      id: "Predictions",
      description: "One for each text, in the order of the texts.",
    }),
    detailed,
    detailedList: listOf(detailed).register(notes, { id: "DetailedPredictions" }),
    alive: z.strictObject({ status: z.literal("ok") }).register(notes, { id: "Alive" }),
    ready: z.strictObject({ status: z.literal("ready") }).register(notes, { id: "Ready" }),
    metadata: metadataSchema.register(notes, { id: "Metadata" }),
    problem: z
      .strictObject({
        type: z.literal("about:blank"),
        title: z.string().register(notes, { description: "The status in words." }),
        status: z.int().min(400).max(599),
        code: z.enum(CALLER_CODES).register(notes, { description: "Stable; branch on it." }),
        detail: z.string().register(notes, { description: "The value, the limit and the remedy." }),
      })
      .register(notes, { id: "Problem", description: "RFC 9457." }),
  };
}

function createPredictionSchemas({ task, labels }: Contract, notes: SchemaNotes) {
  const probability = z.number().min(0).max(1);
  const [first = "", ...others] = labels;
  const label = z.enum([first, ...others]).register(notes, { id: "Label" });
  const judged =
    task === "text-regression"
      ? { score: z.number().register(notes, { description: "The number that the model gives this text." }) }
      : { label, score: probability.register(notes, { description: "The probability of this label." }) };
  const scores = z.strictObject(Object.fromEntries(labels.map((name) => [name, probability])));
  const wholeNumber = z.int().min(0);
  const ms = z.number().min(0);
  const detail = {
    ...(task === "text-regression"
      ? {}
      : { scores: scores.register(notes, { description: "The probability of every label." }) }),
    tokens: wholeNumber.register(notes, { description: "Tokens that went into the model." }),
    truncated: z.boolean().register(notes, { description: "Longer than the model reads, and cut." }),
    windows: z
      .int()
      .min(2)
      .optional()
      .register(notes, { description: "Pieces it was judged in, if several." }),
    cached: z
      .boolean()
      .register(notes, { description: "Answered from the cache; then no stage took any time." }),
    timings: z
      .strictObject({ tokenize: ms, queue: ms, inference: ms })
      .register(notes, { description: "Milliseconds." }),
    batch_size: z.int().min(0).register(notes, { description: "Texts that were computed together." }),
  };
  return {
    prediction: z.strictObject(judged).register(notes, { id: "Prediction" }),
    detailed: z
      .strictObject({ ...judged, ...detail })
      .register(notes, { id: "DetailedPrediction", description: "The answer to ?detail=1." }),
  };
}

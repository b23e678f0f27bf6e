import { z } from "zod";
import { METRICS } from "../../../proxy/src/config/analysis-config.ts";
import { progressState } from "./progress.ts";

const JUDGEMENT_VERSION = 1;

const moment = z.number().nullable();

/** Everything that a judgement keeps from look to look. */
export const judgementState = z.object({
  version: z.literal(JUDGEMENT_VERSION),
  analysisHash: z.string(),
  looks: z.number().int(),
  lookedAt: moment,
  validity: z.object({ sampleRatioFailedAt: moment }),
  /** By treatment, kind and metric. */
  progress: z.array(z.tuple([z.string(), progressState])),
  stopped: z.array(z.object({ treatment: z.string(), at: z.number(), metric: z.enum(METRICS) })),
});

export interface JudgementState extends z.infer<typeof judgementState> {}

export function newState(analysisHash: string): JudgementState {
  return {
    version: JUDGEMENT_VERSION,
    analysisHash,
    looks: 0,
    lookedAt: null,
    validity: { sampleRatioFailedAt: null },
    progress: [],
    stopped: [],
  };
}

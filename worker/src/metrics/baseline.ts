import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { codeOf } from "../error-code.ts";
import type { Log } from "../log.ts";
import type { ModelSource } from "../model/source.ts";
import { CHARACTER_BUCKETS, CONFIDENCE_BUCKETS, REGRESSION_BUCKETS } from "./buckets.ts";

/** In the model's directory, beside config.json. */
export const BASELINE_FILE = "baseline.json";

const ratio = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Cumulative, as a histogram's buckets, without +Inf. */
const distribution = z.array(z.strictObject({ le: z.number(), ratio })).min(1);

/** What a model answered to reference data, written by `npm run evaluate -- --baseline FILE`. */
export const baselineSchema = z.strictObject({
  data: z.strictObject({ file: z.string(), sha256 }),
  graph_sha256: sha256,
  /** Texts that were answered. */
  samples: z.int().positive(),
  /** Share of each canonical label; empty for a regression. */
  labels: z.record(z.string(), ratio),
  /** Of a classification's probabilities, or of a regression's numbers. */
  scores: distribution,
  input_characters: distribution,
  /** Null where the graph takes the text itself. */
  unknown_tokens: ratio.nullable(),
  non_ascii_characters: ratio,
});
export type Baseline = z.infer<typeof baselineSchema>;

type ServedModel = Pick<ModelSource, "directory" | "labels" | "task">;

/**
 * The baseline of a model, undefined when it has none. One that cannot be used is left out with a warning: a
 * reference that is not this model's would show drift where there is none, and must not keep a worker from serving.
 */
export async function readBaseline(
  model: ServedModel,
  graphSha256: string,
  log: Pick<Log, "warn">,
): Promise<Baseline | undefined> {
  const path = join(model.directory, BASELINE_FILE);
  try {
    const baseline = baselineSchema.parse(JSON.parse(await readFile(path, "utf8")));
    const flaw = findFlaw(baseline, model, graphSha256);
    if (flaw === undefined) return baseline;
    log.warn({ path, flaw }, "baseline left out; measure it anew with npm run evaluate -- --baseline");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    const flaw = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    log.warn({ path, flaw }, "baseline left out: it cannot be read");
  }
  return undefined;
}

function findFlaw(baseline: Baseline, model: ServedModel, graphSha256: string): string | undefined {
  if (baseline.graph_sha256 !== graphSha256) {
    return `measured with the graph ${baseline.graph_sha256}, loaded is ${graphSha256}`;
  }
  const served = model.labels.canonical;
  const measured = Object.keys(baseline.labels);
  if (measured.length !== served.length || !served.every((label) => measured.includes(label))) {
    return `measured with the labels ${list(measured)}, served are ${list(served)}`;
  }
  const scoreBounds = model.task === "text-regression" ? REGRESSION_BUCKETS : CONFIDENCE_BUCKETS;
  if (!hasBounds(baseline.scores, scoreBounds)) return "the buckets of scores are not those of this version";
  if (!hasBounds(baseline.input_characters, CHARACTER_BUCKETS)) {
    return "the buckets of input_characters are not those of this version";
  }
  return undefined;
}

function list(labels: readonly string[]): string {
  return labels.length === 0 ? "(none)" : labels.join(", ");
}

function hasBounds(buckets: Baseline["scores"], bounds: readonly number[]): boolean {
  return buckets.length === bounds.length && bounds.every((bound, at) => buckets[at]?.le === bound);
}

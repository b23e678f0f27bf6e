import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Baseline } from "../src/metrics/baseline.ts";
import { METRICS } from "../src/metrics/metrics.ts";
import { CommandError, failureCode } from "./command-error.ts";
import type { Description } from "./endpoint.ts";
import { type Scrape, samplesOf } from "./exposition.ts";

/** One evaluation, as far as a baseline is made of it. */
export interface BaselineSource {
  /** The data file. */
  readonly file: string;
  /** Texts that got a prediction. */
  readonly answered: number;
  readonly worker: Pick<Description, "sha256" | "task" | "labels">;
  /** What the worker's metrics say happened meanwhile; null when it exports none. */
  readonly traffic: Scrape | null;
}

/**
 * The reference for a model's drift, from the worker's own metrics: what is measured later with the same buckets in
 * the same words can be compared with it.
 * @throws CommandError `baseline_impossible` when the worker counted anything but this evaluation.
 */
export async function measureBaseline({
  file,
  answered,
  worker,
  traffic,
}: BaselineSource): Promise<Baseline> {
  if (worker.sha256 === null || worker.labels === null || traffic === null) {
    throw impossible("the worker does not say its graph's SHA-256, its labels or its metrics");
  }
  if (answered === 0) throw impossible("no text got a prediction");
  const score = worker.task === "text-regression" ? METRICS.regressionScore : METRICS.confidence;
  const total = (name: string) => samplesOf(traffic, name).reduce((sum, { value }) => sum + value, 0);
  const answers = samplesOf(traffic, METRICS.requests.name).filter(
    ({ labels }) => labels.get("status") === "200",
  );
  const counts = {
    predictions: answers.reduce((sum, { value }) => sum + value, 0),
    scores: total(`${score.name}_count`),
    lengths: total(`${METRICS.characters.name}_count`),
  };
  if (counts.scores < answered) {
    throw impossible(`it computed ${counts.scores} of ${answered} answers; switch its answer_cache off`);
  }
  const most = Math.max(counts.predictions, counts.scores, counts.lengths);
  if (most !== answered || counts.predictions !== answered || counts.lengths !== answered) {
    throw impossible(
      `it counted ${most} predictions where this evaluation made ${answered}; measure one that nobody else uses, ` +
        "as --model DIR starts it",
    );
  }
  const shareOf = (name: string, whole: string) => round(total(name) / total(whole));
  const tokens = total(`${METRICS.tokens.name}_sum`);
  return {
    data: { file: basename(file), sha256: await digest(file) },
    graph_sha256: worker.sha256,
    samples: answered,
    labels: Object.fromEntries(
      worker.labels.map((label) => {
        const ofLabel = answers.filter(({ labels }) => labels.get("sentiment_label") === label);
        return [label, round(ofLabel.reduce((sum, { value }) => sum + value, 0) / answered)];
      }),
    ),
    scores: distributionOf(traffic, score.name, answered),
    input_characters: distributionOf(traffic, METRICS.characters.name, answered),
    unknown_tokens: tokens === 0 ? null : round(total(METRICS.unknownTokens.name) / tokens),
    non_ascii_characters: shareOf(METRICS.nonAscii.name, `${METRICS.characters.name}_sum`),
  };
}

function distributionOf(traffic: Scrape, name: string, count: number): Baseline["scores"] {
  return samplesOf(traffic, `${name}_bucket`)
    .map(({ labels, value }) => ({ le: Number(labels.get("le")), ratio: round(value / count) }))
    .filter(({ le }) => Number.isFinite(le))
    .sort((a, b) => a.le - b.le);
}

async function digest(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

function round(ratio: number): number {
  return Math.round(ratio * 1e6) / 1e6;
}

export async function saveBaseline(file: string, baseline: Baseline): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(baseline, null, 2)}\n`);
  } catch (cause) {
    const problem = `cannot write ${file} (${failureCode(cause)}): check the path given to --baseline`;
    throw new CommandError("baseline_unwritable", problem, { cause });
  }
}

function impossible(reason: string): CommandError {
  return new CommandError("baseline_impossible", `no baseline can be made of this worker: ${reason}`);
}

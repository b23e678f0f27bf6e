import { CommandError } from "../../../worker/evaluation/command-error.ts";
import { softmax } from "../../../worker/src/model/prediction.ts";
import type { Runner } from "./field.ts";
import type { Model } from "./model.ts";

/** What a bare run of the graph says of each text, alone in its batch. */
export interface Reference {
  readonly labels: readonly string[];
  /** Of each text, in the order of `Model.labels`. */
  readonly probabilities: readonly (readonly number[])[];
}

/** How far the answers of one contestant are from the reference. */
export interface Comparison {
  readonly texts: number;
  /** Between the score and the reference's probability of the same label. */
  readonly largest: number;
  readonly otherLabels: number;
  /** Largest lead of the reference's label over the one that was given instead. */
  readonly largestLead: number;
}

const PATIENCE_MS = 60_000;
/** Texts of which every contestant must say the same as the reference. */
const PROVED_TEXTS = 64;

export function toReference(model: Model, logits: readonly (readonly number[])[]): Reference {
  const probabilities = logits.map(softmax);
  const labels = probabilities.map((row) => model.labels[row.indexOf(Math.max(...row))] ?? "");
  return { labels, probabilities };
}

/** @param callers that ask at the same time, so that a server may batch what they ask */
export async function compare(
  { port, contestant }: Runner,
  model: Model,
  texts: readonly string[],
  reference: Reference,
  callers: number,
): Promise<Comparison> {
  let [next, largest, otherLabels, largestLead] = [0, 0, 0, 0];
  const ask = async () => {
    for (;;) {
      const index = next++;
      const text = texts[index];
      if (text === undefined) return;
      const { label, score } = await predict(contestant.name, port, text);
      const row = reference.probabilities[index] ?? [];
      const probability = row[model.labels.indexOf(label)] ?? Number.NaN;
      largest = Math.max(largest, Math.abs(score - probability));
      if (label === reference.labels[index]) continue;
      otherLabels++;
      largestLead = Math.max(largestLead, Math.max(...row) - probability);
    }
  };
  await Promise.all(Array.from({ length: callers }, ask));
  return { texts: texts.length, largest, otherLabels, largestLead };
}

/** Throws unless the contestant answers as the reference does, one text at a time. */
export async function prove(
  runner: Runner,
  model: Model,
  texts: readonly string[],
  reference: Reference,
): Promise<Comparison> {
  const { name, tolerance } = runner.contestant;
  const compared = await compare(runner, model, texts.slice(0, PROVED_TEXTS), reference, 1);
  // Another label only where both are so near that the tolerance in each score can turn them round.
  if (compared.largest <= tolerance && compared.largestLead <= 2 * tolerance) return compared;
  throw new CommandError(
    "another_answer",
    `${name} answers otherwise than the graph of ${model.name}: score off by ${compared.largest} ` +
      `(tolerance ${tolerance}), ${compared.otherLabels} of ${compared.texts} labels differ; nothing was measured`,
  );
}

async function predict(
  name: string,
  port: number,
  text: string,
): Promise<{ readonly label: string; readonly score: number }> {
  const response = await fetch(`http://127.0.0.1:${port}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const body = await response.text();
  if (!response.ok)
    throw new CommandError("another_answer", `${name} answers ${response.status}: ${body.slice(0, 200)}`);
  const { label, score } = JSON.parse(body) as { label: string; score: number };
  return { label: label.toLowerCase(), score };
}

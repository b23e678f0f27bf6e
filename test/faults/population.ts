import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../worker/evaluation/command-error.ts";
import { until } from "../load/support/crowd.ts";
import type { Run } from "../load/support/run.ts";
import { createRandom, type Random } from "../support/random.ts";
import { sentencesByTone, type Tone } from "../support/sentences.ts";

const ROOT = join(import.meta.dirname, "../..");

/** As customers' opinions are: more praise than blame. Swapping the two would else not show in the labels' shares. */
const SHARES: Readonly<Record<Tone, number>> = {
  positive: 0.65,
  negative: 0.1,
  neutral: 0.12,
  informal: 0.1,
  odd: 0.03,
};
const REFERENCE_TEXTS = 800;
const EVALUATION_LIMIT_MS = 240_000;

/** A text as the callers of these runs send it. */
export function drawText(random: Random): string {
  let rest = random();
  for (const [tone, share] of Object.entries(SHARES) as [Tone, number][]) {
    rest -= share;
    if (rest < 0) return pick(sentencesByTone[tone], random);
  }
  return pick(sentencesByTone.positive, random);
}

function pick(texts: readonly string[], random: Random): string {
  return texts[Math.floor(random() * texts.length)] ?? "";
}

/**
 * A copy of a model whose reference for drift is such traffic, measured as users do it (`npm run evaluate -- --baseline`).
 * @returns its directory
 */
export async function copyModel(run: Run, name: string, model: string, seed: number): Promise<string> {
  const directory = join(run.folder, `model-${name}`);
  cpSync(model, directory, { recursive: true });
  const random = createRandom(seed);
  const data = join(run.folder, `${name}.tsv`);
  const rows = Array.from({ length: REFERENCE_TEXTS }, () => `positive\t${drawText(random)}`);
  writeFileSync(data, `${rows.join("\n")}\n`);
  const evaluation = run.children.start(
    `evaluation of ${name}`,
    [
      ...[run.node, join(ROOT, "worker/evaluation/main.ts"), "--data", data],
      ...["--model", directory, "--baseline", join(directory, "baseline.json")],
    ],
    { env: run.environment },
  );
  await until(() => !evaluation.running(), `the ${evaluation.name} is done`, EVALUATION_LIMIT_MS, 100);
  if ((await evaluation.stop()) !== 0)
    throw new CommandError("baseline_impossible", `${evaluation.name}: ${evaluation.said()}`);
  return directory;
}

import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, type TestContext, test } from "node:test";
import { openSession, type Session } from "../../worker/src/inference/session.ts";
import {
  type ModelChoice,
  type ModelSource,
  readModelSource,
  readTokenizerFiles,
} from "../../worker/src/model/source.ts";
import { createTokenizer } from "../../worker/src/model/tokenizer.ts";
import { createEncoder } from "../../worker/src/tokenize/encoder.ts";
import { preparePython, writeReference } from "./python.ts";

const MODELS = join(import.meta.dirname, "../../worker/models");
const TEXTS = 5_000;
const TOLERANCE = 1e-3;
/** Further files of `label<TAB>text`, for whoever has the data that the models were trained on. */
const DATA = (process.env.PARITY_DATA ?? "").split(":").filter((file) => file !== "");

const CLASSIFIER: ModelChoice = {
  dtype: "quantized",
  task: "text-classification",
  input: "tokens",
  labels: {},
  maxTokens: 512,
};
const FOREST: ModelChoice = { ...CLASSIFIER, dtype: "fp32", input: "text" };
const OF_TOKENS: Readonly<Record<string, ModelChoice>> = {
  "distilbert-mini-sst2": CLASSIFIER,
  "roberta-mini-tweets": CLASSIFIER,
  "rating-transformer-tiny": { ...CLASSIFIER, task: "text-regression" },
};
const OF_TEXT: Readonly<Record<string, ModelChoice>> = {
  "sentiment-forest-tiny": FOREST,
  "rating-forest-tiny": { ...FOREST, task: "text-regression" },
};

before(preparePython, { timeout: 600_000 });

for (const [name, choice] of Object.entries(OF_TOKENS)) {
  test(`${name}: Python and Node agree on ${TEXTS} texts: token ids identical, outputs within ${TOLERANCE}`, async (t) => {
    const { source, session, reference } = await setUp(t, name, choice);
    const { limitTokens } = source;
    assert.ok(limitTokens !== undefined);
    const { definition, settings } = await readTokenizerFiles(source.directory);
    const tokenizer = createTokenizer(definition, settings);
    const whole = createEncoder(tokenizer, { limitTokens: Number.MAX_SAFE_INTEGER, overlong: "truncate" });
    const cut = createEncoder(tokenizer, { limitTokens, overlong: "truncate" });
    const differences = new Differences();
    let longest = 0;
    for await (const { text, ids = [], outputs } of reference) {
      assert.deepEqual(idsOf(whole.encode(text)), ids, JSON.stringify(text.slice(0, 200)));
      const sequence = Int32Array.from(idsOf(cut.encode(text)));
      const { rows } = await session.run({ kind: "tokens", ids: sequence, lengths: [sequence.length] });
      differences.add(rows, outputs);
      longest = Math.max(longest, ids.length);
    }
    t.diagnostic(`${differences.check()}; the longest text has ${longest} tokens`);
  });
}

for (const [name, choice] of Object.entries(OF_TEXT)) {
  test(`${name}: Python and Node agree on ${TEXTS} texts that the graph splits itself: outputs within ${TOLERANCE}`, async (t) => {
    const { session, reference } = await setUp(t, name, choice);
    const differences = new Differences();
    for await (const { text, outputs } of reference) {
      const { rows } = await session.run({ kind: "text", texts: [text] });
      differences.add(rows, outputs);
    }
    t.diagnostic(differences.check());
  });
}

interface Reference {
  readonly text: string;
  /** Special tokens included, not cut; absent where the graph takes the text. */
  readonly ids?: number[];
  readonly outputs: number[];
}

/** Counts texts and keeps the largest difference between what the two have answered. */
class Differences {
  #texts = 0;
  #largest = 0;

  add(rows: Float32Array, outputs: readonly number[]): void {
    assert.equal(rows.length, outputs.length);
    for (const [at, output] of outputs.entries()) {
      const difference = Math.abs((rows[at] ?? Number.NaN) - output);
      // Kept as a comparison that a NaN fails.
      if (!(difference <= this.#largest)) this.#largest = difference;
    }
    this.#texts += 1;
  }

  check(): string {
    assert.ok(this.#texts >= TEXTS);
    assert.ok(this.#largest <= TOLERANCE, `the largest difference is ${this.#largest}`);
    return `${this.#texts} texts; largest difference ${this.#largest.toExponential(1)}`;
  }
}

async function setUp(
  t: TestContext,
  name: string,
  choice: ModelChoice,
): Promise<{ source: ModelSource; session: Session; reference: AsyncIterable<Reference> }> {
  const directory = join(MODELS, name);
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-parity-"));
  t.after(() => rm(folder, { recursive: true }));
  const output = join(folder, "reference.jsonl");
  await writeReference(directory, output, TEXTS, DATA);
  const source = await readModelSource(directory, choice);
  const { graphPath, input, labels, padId } = source;
  const outputs = choice.task === "text-regression" ? 1 : labels.canonical.length;
  const session = await openSession({ graphPath, input, threads: 1, provider: "cpu", outputs, padId });
  t.after(() => session.release());
  return { source, session, reference: readLines(output) };
}

async function* readLines(path: string): AsyncGenerator<Reference> {
  for await (const line of createInterface({ input: createReadStream(path, "utf8") })) {
    yield JSON.parse(line) as Reference;
  }
}

function idsOf({
  sequences: [sequence],
}: {
  readonly sequences: readonly (Int32Array | string)[];
}): number[] {
  assert.ok(sequence instanceof Int32Array);
  return [...sequence];
}

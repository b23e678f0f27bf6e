import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, test } from "node:test";
import { openSession } from "../../worker/src/inference/session.ts";
import { readModelSource, readTokenizerFiles } from "../../worker/src/model/source.ts";
import { createTokenizer } from "../../worker/src/model/tokenizer.ts";
import { preparePython, writeReference } from "./python.ts";

const MODELS = join(import.meta.dirname, "../../worker/models");
const TEXTS = 5_000;
const LOGIT_TOLERANCE = 1e-3;
/** Further files of `label<TAB>text`, for whoever has the data that the models were trained on. */
const DATA = (process.env.PARITY_DATA ?? "").split(":").filter((file) => file !== "");

before(preparePython, { timeout: 600_000 });

for (const name of ["distilbert-mini-sst2", "roberta-mini-tweets"]) {
  test(`${name}: Python and Node agree on ${TEXTS} texts: token ids identical, logits within ${LOGIT_TOLERANCE}`, async (t) => {
    const directory = join(MODELS, name);
    const folder = await mkdtemp(join(tmpdir(), "blindsplit-parity-"));
    t.after(() => rm(folder, { recursive: true }));
    const output = join(folder, "reference.jsonl");
    await writeReference(directory, output, TEXTS, DATA);

    const source = await readModelSource(directory, "quantized", {});
    const { definition, settings } = await readTokenizerFiles(directory);
    const whole = createTokenizer(definition, settings, Number.MAX_SAFE_INTEGER);
    const cut = createTokenizer(definition, settings, source.limitTokens);
    const session = await openSession({
      graphPath: source.graphPath,
      threads: 1,
      labelCount: source.labels.canonical.length,
    });
    let texts = 0;
    let longest = 0;
    let largest = 0;
    for await (const line of createInterface({ input: createReadStream(output, "utf8") })) {
      const { text, ids, logits } = JSON.parse(line) as { text: string; ids: number[]; logits: number[] };
      assert.deepEqual([...whole.encode(text).ids].map(Number), ids, JSON.stringify(text.slice(0, 200)));
      const result = await session.run(cut.encode(text).ids);
      for (const [label, logit] of logits.entries())
        largest = Math.max(largest, Math.abs((result.logits[label] as number) - logit));
      texts++;
      longest = Math.max(longest, ids.length);
    }
    await session.release();
    assert.ok(texts >= TEXTS);
    assert.ok(largest <= LOGIT_TOLERANCE, `the largest logit difference is ${largest}`);
    t.diagnostic(
      `${texts} texts, the longest of ${longest} tokens; largest logit difference ${largest.toExponential(1)}`,
    );
  });
}

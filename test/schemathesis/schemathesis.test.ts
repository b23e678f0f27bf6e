import assert from "node:assert/strict";
import { before, test } from "node:test";
import { startLocalWorker } from "../../worker/evaluation/local-worker.ts";
import { attack, prepareSchemathesis } from "./schemathesis.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const CASES = 2_000;
const SEED = 7;
/** Small limits, so that what exceeds them is tried as well. */
const LIMITS = ["--max-texts", "4", "--max-input-chars", "200", "--max-body-bytes", "65536"];
const REGRESSION = ["--task", "text-regression", "--input", "text", "--dtype", "fp32"];

before(prepareSchemathesis, { timeout: 600_000 });

for (const [what, model, flags, examples] of [
  ["a classification worker", "distilbert-mini-sst2", [], 700],
  ["one that answers detail=1", "distilbert-mini-sst2", ["--detail", "true"], 100],
  ["a regression worker", "rating-forest-tiny", REGRESSION, 300],
] as const) {
  test(`${what} answers as its /openapi.json says, whatever it is sent`, async (t) => {
    const worker = await startLocalWorker(
      { model: `worker/models/${model}`, flags: [...LIMITS, ...flags] },
      ROOT,
    );
    t.after(() => worker.stop());
    const cases = await attack({ url: worker.url, examples, seed: SEED });
    t.diagnostic(`${cases} requests`);
    if (examples >= 700) assert.ok(cases >= CASES, `only ${cases} requests`);
  });
}

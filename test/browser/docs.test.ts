import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startLocalWorker } from "../../worker/evaluation/local-worker.ts";
import { openPage } from "./chromium.ts";

const ROOT = join(import.meta.dirname, "../..");
const SCREENSHOTS = join(ROOT, ".blindsplit/browser");
const PREDICT = "#operations-predictions-predict";
const BODY = `${PREDICT} .live-responses-table .highlight-code code`;

for (const [what, model, flags, prediction, screenshot] of [
  [
    "classification",
    "distilbert-mini-sst2",
    [],
    /^\{\s*"label": "positive",\s*"score": 0\.\d+\s*\}$/,
    "docs",
  ],
  [
    "regression",
    "rating-forest-tiny",
    ["--task", "text-regression", "--input", "text", "--dtype", "fp32"],
    /^\{\s*"score": \d+(\.\d+)?\s*\}$/,
    "docs-regression",
  ],
] as const) {
  test(`on /docs of a ${what} model a prediction can be tried out, and nothing is asked of other hosts`, async (t) => {
    const worker = await startLocalWorker({ model: `worker/models/${model}`, flags }, ROOT);
    t.after(() => worker.stop());
    const { page, requests, complaints } = await openPage(t);
    await page.goto(`${worker.url}/docs`);
    await page.locator(`${PREDICT} .opblock-summary-control`).click();
    await page.locator(`${PREDICT} .try-out__btn`).click();
    await page.locator(`${PREDICT} .execute`).click();
    await page.waitForSelector(BODY);
    assert.match(String(await page.evaluate(`document.querySelector("${BODY}").textContent`)), prediction);

    await mkdir(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${screenshot}.png`) });
    assert.deepEqual(complaints, []);
    assert.ok(requests.includes(`${worker.url}/predict`));
    for (const address of requests) assert.ok(address.startsWith(`${worker.url}/`), address);
  });
}

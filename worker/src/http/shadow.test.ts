import assert from "node:assert/strict";
import { test } from "node:test";
import { type RunningApp, runApp, testOptions } from "../testing/running-app.ts";
import { until } from "../testing/until.ts";
import { SHADOW_HEADER } from "./contract.ts";

/** Sum of a metric's series. */
async function total(app: RunningApp, metric: string): Promise<number> {
  return [...(await app.scrape(metric)).values()].reduce((sum, value) => sum + value, 0);
}

/** What the process itself does, and what runs cost: a shadow's load is real. */
const OF_PROCESS = /^(process_|nodejs_|model_memory|sentiment_batch_|sentiment_inference_busy)/;

const send = (app: RunningApp, body: string, mark: string, path = "/predict") =>
  app.get(path, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", [SHADOW_HEADER]: mark },
  });

test("shadow requests are counted with their labels and failures, apart from everything that callers get", async (t) => {
  const app = await runApp(t, testOptions());
  const plain = await app.post("/predict", { text: "a lovely day" });
  await until(async () => (await total(app, "sentiment_requests_total")) === 1);
  const before = await app.scrape();
  const shadow = await send(app, '{"text":"a lovely day"}', "1");
  assert.equal(shadow.headers.get("x-blindsplit-prediction"), `${plain.json.label};${plain.json.score}`);
  assert.deepEqual(shadow.json, plain.json);
  const many = await send(app, '{"texts":["good","bad"]}', "1", "/forward_batch");
  assert.equal(many.json.predictions.length, 2);
  assert.equal((await send(app, '{"text":""}', "1")).status, 422);

  await until(async () => (await total(app, "sentiment_shadow_requests_total")) === 4);
  const grown = [...(await app.scrape())].flatMap(([name, value]) =>
    value === (before.get(name) ?? 0) || OF_PROCESS.test(name) ? [] : name,
  );
  for (const name of grown) assert.match(name, /^sentiment_shadow_requests_total\{/);
  const failed = 'status="422",sentiment_label="none"}';
  assert.ok(grown.includes(`sentiment_shadow_requests_total{model_version="tested",${failed}`), grown.join());
});

test("only a mark of 1 makes a shadow", async (t) => {
  const app = await runApp(t, testOptions());
  for (const mark of ["0", "true", "1, 1", ""])
    assert.equal((await send(app, '{"text":"a"}', mark)).status, 200);
  await until(async () => (await total(app, "sentiment_requests_total")) === 4);
  assert.equal(await total(app, "sentiment_shadow_requests_total"), 0);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { sendTraffic } from "../../deploy/local/demo/traffic.ts";
import { assertInstalled, eventually, type Prometheus, startPrometheus } from "../prometheus/prometheus.ts";
import { sentences } from "../support/sentences.ts";
import { type RunningSystem, startSystem } from "../support/system.ts";
import { openPage } from "./chromium.ts";
import { figure, inspectLooks, textOf, waitForText } from "./live-page.ts";

const REQUESTS = 2_000;
const DRIFT_RULES = join(import.meta.dirname, "../../prometheus/rules/drift.yml");
const VARIANTS = ["distilbert", "roberta"] as const;

/** What the page shows, and the same in PromQL over the same stretch of time; NAME is the variant. */
const SAME: Readonly<Record<string, string>> = {
  "share NAME": 'sum(ab_bucket_requests_total{model_version="NAME"}) / sum(ab_bucket_requests_total)',
  "exposures NAME": 'sum(ab_bucket_requests_total{model_version="NAME"})',
  "requests NAME": 'sum(ab_requests_total{model_version="NAME"})',
  "errors NAME":
    'sum(ab_requests_total{model_version="NAME",status=~"5.."}) / sum(ab_requests_total{model_version="NAME"})',
  "inference-count NAME": 'sum(sentiment_inference_seconds_count{model_version="NAME"})',
  "inference-mean NAME":
    'sum(sentiment_inference_seconds_sum{model_version="NAME"}) / sum(sentiment_inference_seconds_count{model_version="NAME"})',
  "inference-p50 NAME":
    'histogram_quantile(0.5, sum by (le) (rate(sentiment_inference_seconds_bucket{model_version="NAME"}[15m])))',
  "inference-p99 NAME":
    'histogram_quantile(0.99, sum by (le) (rate(sentiment_inference_seconds_bucket{model_version="NAME"}[15m])))',
  "wait-p50 NAME":
    'histogram_quantile(0.5, sum by (le) (rate(ab_request_duration_seconds_bucket{model_version="NAME",status="200"}[15m])))',
  "wait-p99 NAME":
    'histogram_quantile(0.99, sum by (le) (rate(ab_request_duration_seconds_bucket{model_version="NAME",status="200"}[15m])))',
  "label positive NAME":
    'sum(sentiment_requests_total{model_version="NAME",sentiment_label="positive"}) / sum(sentiment_requests_total{model_version="NAME",status="200"})',
  "label negative NAME":
    'sum(sentiment_requests_total{model_version="NAME",sentiment_label="negative"}) / sum(sentiment_requests_total{model_version="NAME",status="200"})',
  "psi NAME": 'model_version_feature:drift:psi1h{model_version="NAME",feature="label"}',
};

const SLOWER = `
  (sum(sentiment_inference_seconds_sum{model_version="roberta"}) / sum(sentiment_inference_seconds_count{model_version="roberta"}))
  / (sum(sentiment_inference_seconds_sum{model_version="distilbert"}) / sum(sentiment_inference_seconds_count{model_version="distilbert"}))
  - 1`;

test("the live page shows a running system", { timeout: 300_000 }, async (t) => {
  assertInstalled();
  const system = await startSystem(t);
  const prometheus = await startPrometheus(t, scraping(system));
  const { page, requests, complaints } = await openPage(t);
  await page.goto(`${system.admin}/`);
  // From now on the page and Prometheus count the same: everything.
  await waitForText(page, ".liveness", /live/);
  await page.click('input[name="span"][value="15m"]');
  await eventually("the zeros are collected", async () => {
    const found = await prometheus.query("sentiment_inference_seconds_count");
    return found.length === 2 ? found : undefined;
  });

  const { failures } = await sendTraffic({
    ...{ url: system.url, idHeader: "x-user-id", users: 300, requests: REQUESTS, concurrency: 6, sentences },
  });
  assert.deepEqual(Object.fromEntries(failures), {});
  await eventually("Prometheus has counted all", () =>
    counts(prometheus, "sentiment_inference_seconds_count"),
  );
  await eventually("Prometheus has counted all answers", () => counts(prometheus, "ab_requests_total"));
  await eventually("the page has counted all", async () => {
    for (const what of ["inference-count", "exposures", "requests"]) {
      const [one, other] = await Promise.all(VARIANTS.map((name) => figure(page, `${what} ${name}`)));
      if ((one ?? 0) + (other ?? 0) !== REQUESTS) return undefined;
    }
    return true;
  });

  await t.test("its numbers are those of PromQL over the same time", async () => {
    for (const [name, expression] of Object.entries(SAME))
      for (const variant of VARIANTS)
        await assertSame(name.replace("NAME", variant), expression.replaceAll("NAME", variant));
  });

  async function assertSame(name: string, expression: string): Promise<void> {
    const shown = (await figure(page, name)) ?? assert.fail(`${name} is not there`);
    let value: number | undefined;
    // What a rule records is evaluated every 30 s.
    await eventually(
      `${name} is ${shown}`,
      async () => {
        value = (await prometheus.query(expression))[0]?.value;
        return value !== undefined && Math.abs(shown - value) <= 0.02 * Math.abs(value) ? true : undefined;
      },
      () => `in PromQL, but ${value}`,
    );
    console.log(`${name}: ${shown} on the page, ${value} in PromQL`);
  }

  await t.test("it says in words which model is slower", async () => {
    const [sample] = await prometheus.query(SLOWER);
    const percent = Math.round(Math.abs((sample?.value ?? 0) * 100));
    const words = (sample?.value ?? 0) > 0 ? `is ${percent} % slower` : `takes ${percent} % less time`;
    assert.equal(await textOf(page, ".said"), `roberta ${words}`);
    assert.match(
      await textOf(page, "[aria-live]"),
      /^roberta (is \d+ % slower|takes \d+ % less time)\. No errors/,
    );
  });

  await t.test("every figure has its number, also since the start and over a minute", async () => {
    for (const key of ["start", "1m"]) {
      await page.click(`input[name="span"][value="${key}"]`);
      const empty = await page.evaluate(
        "[...document.querySelectorAll('[data-figure]')].filter(({ value }) => value === '').map((one) => one.dataset.figure)",
      );
      assert.deepEqual(empty, [], key);
    }
    assert.deepEqual(await page.evaluate("document.querySelectorAll('.uplot canvas').length"), 2);
  });

  await t.test("other weights can be tried by keyboard alone, and nothing is written", async () => {
    const config = await (await fetch(`${system.admin}/config`)).text();
    await page.focus("body");
    for (let tabs = 0; tabs < 20; tabs += 1) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate("document.activeElement?.type")) === "range") break;
    }
    assert.equal(await page.evaluate("document.activeElement?.labels[0].textContent"), "Weight of roberta");
    for (let times = 0; times < 10; times += 1) await page.keyboard.press("ArrowRight");
    assert.equal(
      await textOf(page, ".answer"),
      "distilbert 40 % and roberta 60 %: 10 of 100 buckets would move, so about 10 % of the users. Buckets 40 to 49 from distilbert to roberta. All others stay.",
    );
    assert.equal(await page.evaluate("document.querySelectorAll('.buckets .moved').length"), 10);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.match(await textOf(page, ".answer"), /nobody moves/);
    assert.equal(await (await fetch(`${system.admin}/config`)).text(), config);
  });

  await t.test("a reload is shown with the weights that it brought", async () => {
    await system.setWeights(60, 40);
    await waitForText(page, "#reloads + *", /swapped/);
    await waitForText(page, ".rows", /weight 60 %/);
  });

  await t.test("it is good at desktop and phone width, light and dark", () => inspectLooks(page, "page"));

  await t.test("nothing was asked of other hosts, and the console is empty", () => {
    assert.deepEqual(complaints, []);
    for (const address of requests) assert.ok(address.startsWith(`${system.admin}/`), address);
  });
});

async function counts(prometheus: Prometheus, metric: string): Promise<true | undefined> {
  const [sample] = await prometheus.query(`sum(${metric})`);
  return sample?.value === REQUESTS ? true : undefined;
}

function scraping({ admin, workers }: RunningSystem): string {
  const targets = [admin, ...workers].map((url) => `"${new URL(url).host}"`).join(", ");
  return [
    "global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms }",
    `rule_files: ["${DRIFT_RULES}"]`,
    "scrape_configs:",
    "  - job_name: all",
    `    static_configs: [{ targets: [${targets}] }]`,
    "",
  ].join("\n");
}

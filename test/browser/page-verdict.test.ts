import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Verdict } from "../../analysis/src/verdict/verdict.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import {
  exampleMetric,
  exampleVerdict,
  startVerdictServer,
  type VerdictServer,
} from "../support/verdict-server.ts";
import { openPage } from "./chromium.ts";
import { figure, inspectLooks, textOf, waitForText } from "./live-page.ts";

const NAMES = ["distilbert", "roberta"] as const;
const LETTERS = new Map([
  ["distilbert", "Y"],
  ["roberta", "X"],
]);
const STRIP = "section[aria-labelledby=verdict]";

/** A worker as far as the page sees it. */
const METRICS = 'sentiment_requests_total{model_version="NAME",status="200",sentiment_label="positive"} 5\n';

async function start(t: TestContext, more: string) {
  const upstreams: Record<string, string> = {};
  for (const name of NAMES) {
    const { url } = await startUpstream(
      t,
      (request, response) =>
        void response.end(request.url === "/metrics" ? METRICS.replace("NAME", name) : "{}"),
    );
    upstreams[name] = url;
  }
  return startProxy(t, configuration(upstreams, [50, 50], more));
}

const broken = (): Verdict => {
  const example = exampleVerdict(NAMES);
  return {
    ...example,
    answer: "invalid",
    headline: "The comparison is invalid: no number of it can be believed.",
    reasons: ["Sample ratio mismatch: exposures deviate from the weights, log likelihood ratio 12.34."],
    validity: {
      ...example.validity,
      sampleRatio: { check: "failed", logLikelihoodRatio: 12.34, limit: 6.908, failedAt: example.at },
    },
  };
};
const breached = (): Verdict =>
  exampleVerdict(NAMES, {
    answer: "guardrail_breached",
    treatment: "roberta",
    headline: "roberta breached the guardrail on the error ratio.",
    comparisons: [
      {
        treatment: "roberta",
        control: "distilbert",
        metrics: [
          exampleMetric({}),
          exampleMetric({
            ...{ metric: "error_ratio", kind: "guardrail", direction: "decrease", margin: 0.005 },
            ...{ difference: { value: 0.19, low: 0.15, high: 0.23 }, decision: "breached" },
          }),
        ],
      },
    ],
    stopped: [{ treatment: "roberta", at: 1, metric: "error_ratio" }],
  });
const better = (): Verdict =>
  exampleVerdict(NAMES, {
    answer: "better",
    treatment: "roberta",
    headline: "roberta is better than distilbert in the macro recall.",
    comparisons: [
      {
        treatment: "roberta",
        control: "distilbert",
        metrics: [
          exampleMetric({ difference: { value: 0.041, low: 0.013, high: 0.069 }, decision: "better" }),
        ],
      },
    ],
  });

test("the verdict strip of the open page follows the judge", { timeout: 240_000 }, async (t) => {
  const judge: VerdictServer = await startVerdictServer(t, LETTERS, exampleVerdict(NAMES));
  const proxy = await start(t, `judge: { url: "${judge.url}" }`);
  const { page, complaints, requests } = await openPage(t);
  await page.goto(`${proxy.admin}/`);

  await t.test("answer, difference with its interval, guardrails, looks and days left", async () => {
    await waitForText(page, STRIP, /NOT ENOUGH DATA/);
    const shown = await textOf(page, STRIP);
    assert.match(shown, /macro recall: roberta less distilbert/);
    assert.match(shown, /\+2\.2 pp between −0\.8 pp and \+5\.2 pp/);
    assert.match(shown, /higher is better; up to 1 pp does not matter/);
    assert.match(shown, /error ratio holds.*share of slow answers not breached so far/);
    assert.match(shown, /41 looks, the last at .*; the next is due at .*About 4 more days at this pace/);
    assert.equal(await figure(page, "verdict roberta"), 0.022);
    assert.equal(await page.evaluate(`document.querySelectorAll("${STRIP} .interval .range").length`), 1);
    const isFirst = `document.querySelector("main section").getAttribute("aria-labelledby") === "verdict"`;
    assert.equal(await page.evaluate(isFirst), true);
    await inspectLooks(page, "verdict-open");
  });

  await t.test("a broken split blanks every number of it", async () => {
    judge.verdict = broken();
    await waitForText(page, STRIP, /INVALID: sample ratio mismatch/);
    const shown = await textOf(page, STRIP);
    assert.doesNotMatch(shown, /pp|12\.34|Guardrails|days/);
    assert.equal(await page.evaluate(`document.querySelectorAll("${STRIP} .interval").length`), 0);
    assert.equal(await figure(page, "verdict roberta"), undefined);
    await waitForText(page, "[aria-live]", /^Verdict: INVALID: sample ratio mismatch/);
    await inspectLooks(page, "verdict-invalid");
  });

  await t.test("a breach says whose, and that it was stopped", async () => {
    judge.verdict = breached();
    await waitForText(page, STRIP, /GUARDRAIL BREACHED/);
    const shown = await textOf(page, STRIP);
    assert.match(shown, /error ratio breached by roberta/);
    assert.match(shown, /Stopped: roberta\. The control has the users until the next phase\./);
    await inspectLooks(page, "verdict-breached");
  });

  await t.test("a better one is said to be better", async () => {
    judge.verdict = better();
    await waitForText(page, STRIP, /BETTER.*roberta is better than distilbert in the macro recall/);
    assert.match(await textOf(page, STRIP), /\+4\.1 pp between \+1\.3 pp and \+6\.9 pp/);
  });

  await t.test("a judge that fails is no verdict, and the rest of the page goes on", async () => {
    judge.verdict = undefined;
    await waitForText(page, STRIP, /No verdict.*The judge answered 503 to GET \/verdict\/open\./);
    assert.match(await textOf(page, ".liveness"), /live/);
    await inspectLooks(page, "verdict-none");
  });

  assert.deepEqual(complaints, []);
  for (const address of requests) assert.ok(address.startsWith(`${proxy.admin}/`), address);
});

test("the masked page's strip knows letters only", { timeout: 240_000 }, async (t) => {
  const judge = await startVerdictServer(t, LETTERS, better());
  const proxy = await start(
    t,
    `admin: { page: masked, token: a-token-for-operators-only }\njudge: { url: "${judge.url}" }`,
  );
  const { page, complaints } = await openPage(t);
  await page.goto(`${proxy.admin}/`);
  await waitForText(page, STRIP, /BETTER.*X is better than Y/);
  assert.match(await textOf(page, STRIP), /macro recall: X less Y/);
  await inspectLooks(page, "verdict-masked");
  const content = (await page.content()).toLowerCase();
  for (const name of NAMES) assert.ok(!content.includes(name), name);
  assert.deepEqual(new Set(judge.asked.map(({ path }) => path)), new Set(["/verdict"]));
  assert.deepEqual(complaints, []);
});

test("without a judge there is no strip", { timeout: 120_000 }, async (t) => {
  const proxy = await start(t, "");
  const { page } = await openPage(t);
  await page.goto(`${proxy.admin}/`);
  await waitForText(page, ".liveness", /live/);
  assert.equal(await page.$(STRIP), null);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { render } from "../../analysis/src/report/render.ts";
import { maskVerdict } from "../../analysis/src/verdict/mask.ts";
import { writeFiles } from "../support/terminal.ts";
import { sampleVerdict } from "../support/verdicts.ts";
import { openPage } from "./chromium.ts";
import { inspectLooks, textOf } from "./live-page.ts";

const PLAIN = { width: 80, isColored: false };
const LETTERS = new Map([
  ["distilbert", "X"],
  ["roberta", "Y"],
]);
const PAGES = {
  "report-open": sampleVerdict(),
  "report-invalid": sampleVerdict({ answer: "invalid" }),
  "report-masked": maskVerdict(sampleVerdict({ answer: "not_enough_data" }), LETTERS),
} as const;

for (const [name, verdict] of Object.entries(PAGES))
  test(`${name} is one file that is good in every width and theme`, { timeout: 120_000 }, async (t) => {
    const file = await writeFiles(t, { "report.html": render(verdict, "html", PLAIN) });
    const { page, requests, complaints } = await openPage(t);
    await page.goto(pathToFileURL(file("report.html")).href);
    assert.match(await textOf(page, "h1"), /^(BETTER|INVALID|NOT ENOUGH DATA)/);
    await inspectLooks(page, name);
    // Its own policy has held nothing back, and it has asked for nothing but itself.
    assert.deepEqual(complaints, []);
    assert.equal(requests.length, 1);
    const styled = await page.evaluate("getComputedStyle(document.querySelector('.answer')).fontWeight");
    assert.equal(styled, "800");
  });

test("one of the two drawings of a chart is there, and each says what it shows", {
  timeout: 120_000,
}, async (t) => {
  const file = await writeFiles(t, { "report.html": render(sampleVerdict(), "html", PLAIN) });
  const { page } = await openPage(t);
  await page.goto(pathToFileURL(file("report.html")).href);
  for (const width of [1440, 390]) {
    await page.setViewport({ width, height: 900 });
    const shown = await page.evaluate(
      "[...document.querySelectorAll('svg')].filter((svg) => svg.getClientRects().length > 0).map((svg) => svg.getAttribute('aria-label'))",
    );
    assert.ok(Array.isArray(shown));
    // Four differences, two series of looks, the known truth.
    assert.equal(shown.length, 7, String(width));
    assert.ok(
      shown.includes(
        "accuracy, roberta less distilbert: +2.74 pp, interval +1.61 pp to +3.87 pp, margin 1 pp",
      ),
    );
    assert.equal(new Set(shown).size, 7);
  }
});

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "puppeteer-core";

const SCREENSHOTS = join(import.meta.dirname, "../../.blindsplit/browser");

/** Widths in pixels and themes in which the page has to be good. */
const LOOKS = [
  { width: 1440, height: 900, theme: "light" },
  { width: 1440, height: 900, theme: "dark" },
  { width: 390, height: 844, theme: "light" },
  { width: 390, height: 844, theme: "dark" },
] as const;

/** The exact value behind a figure of the page; undefined where it shows none. */
export async function figure(page: Page, name: string): Promise<number | undefined> {
  const value = await page.evaluate(
    `document.querySelector(${JSON.stringify(`[data-figure="${name}"]`)})?.value`,
  );
  return typeof value === "string" && value !== "" ? Number(value) : undefined;
}

/** The text of the first element that matches, without the blanks around it. */
export async function textOf(page: Page, selector: string): Promise<string> {
  const text = await page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`);
  return String(text).replaceAll("\u00a0", " ").trim();
}

/** Resolves when the text of the first element that matches, matches. */
export async function waitForText(page: Page, selector: string, pattern: RegExp): Promise<void> {
  await page.waitForFunction(
    `new RegExp(${JSON.stringify(pattern.source)}).test((document.querySelector(${JSON.stringify(selector)})?.textContent ?? "").replaceAll("\\u00a0", " "))`,
    { timeout: 60_000, polling: 100 },
  );
}

/** In every width and theme: a screenshot, nothing wider than the screen, nothing that axe-core calls a violation. */
export async function inspectLooks(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const { width, height, theme } of LOOKS) {
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: theme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
    // Charts follow the width one frame later.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${width}-${theme}.png`), fullPage: true });
    const scrolled = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    assert.ok(Number(scrolled) <= 0, `${name} is ${scrolled} px wider than ${width} px`);
    assert.deepEqual(await findViolations(page), [], `${name}, ${width} px, ${theme}`);
  }
}

async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary].join(": "))))`,
  );
  assert.ok(Array.isArray(found));
  return found.map(String);
}

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import puppeteer, { type Page } from "puppeteer-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** The browser's file. @throws AssertionError that says what to install. */
export function findChromium(): string {
  const found = NAMES.map((name) => spawnSync("which", [name], { encoding: "utf8" }).stdout.trim());
  return (
    found.find((path) => path !== "") ??
    assert.fail("the browser suite cannot run: install Chromium (apt-get install chromium)")
  );
}

export interface Visit {
  readonly page: Page;
  /** Addresses that the page asked for, `data:` ones left out. */
  readonly requests: readonly string[];
  /** What the console and the page complained about. */
  readonly complaints: readonly string[];
}

/** A page of a headless browser, closed after the test. */
export async function openPage(t: TestContext): Promise<Visit> {
  const browser = await puppeteer.launch({
    executablePath: findChromium(),
    // Its sandbox needs rights that containers do not give; it meets only our own pages.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
  });
  const page = await browser.newPage();
  // Pages that are hidden rest.
  await page.bringToFront();
  await page.setViewport({ width: 1280, height: 1000 });
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) requests.push(request.url());
  });
  // When the machine's networks change, as they do when a container starts, Chromium gives up what it is asking for.
  const complain = (what: string, reason = what) => {
    if (!reason.includes("ERR_NETWORK_CHANGED")) complaints.push(what);
  };
  page.on("requestfailed", (request) => complain(`failed: ${request.url()}`, request.failure()?.errorText));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) complain(message.text());
  });
  t.after(async () => {
    if (!t.passed) {
      const shown = await page
        .evaluate("`${document.visibilityState}: ${document.body.innerText.slice(0, 500)}`")
        .catch(String);
      console.log("the page complained:", complaints, "asked last for:", requests.slice(-5), "shows:", shown);
    }
    await browser.close();
  });
  return { page, requests, complaints };
}

import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { type TestContext, test } from "node:test";
import type { HTTPResponse } from "puppeteer-core";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { openPage } from "./chromium.ts";
import { figure, inspectLooks, textOf, waitForText } from "./live-page.ts";

const TOKEN = "a-token-for-operators-only";
const NAMES = ["distilbert", "roberta"] as const;

/** A worker as far as the page sees it; one of its labels no other model has. */
function workerOf(name: string, own: string): RequestListener {
  const labels = { negative: 700, positive: 600, [own]: 300 };
  const lines = Object.entries(labels).map(
    ([label, count]) =>
      `sentiment_requests_total{model_version="${name}",status="200",sentiment_label="${label}"} ${count}`,
  );
  return ({ url }, response) => void response.end(url === "/metrics" ? `${lines.join("\n")}\n` : "{}");
}

async function start(t: TestContext, admin: string) {
  const [first, second] = [
    await startUpstream(t, workerOf("distilbert", "sarcastic")),
    await startUpstream(t, workerOf("roberta", "neutral")),
  ];
  const yaml = configuration({ distilbert: first.url, roberta: second.url }, [50, 50], `admin: ${admin}`);
  return { proxy: await startProxy(t, yaml), upstreams: [first.url, second.url] };
}

test("masked, nothing that reaches the browser tells which variant is which", {
  timeout: 180_000,
}, async (t) => {
  const { proxy, upstreams } = await start(t, `{ page: masked, token: ${TOKEN} }`);
  // Shares are shown from a thousand answers of each variant on.
  for (let round = 0; round < 50; round += 1)
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        (await fetch(proxy.url, { headers: { "x-user-id": `user ${round} ${index}` } })).arrayBuffer(),
      ),
    );
  const { page, requests, complaints } = await openPage(t);
  const answers: HTTPResponse[] = [];
  page.on("response", (response) => answers.push(response));
  await page.goto(`${proxy.admin}/`, { waitUntil: "networkidle0" });
  await waitForText(page, "#masked", /Masked/);
  await waitForText(page, "main", /Variant X.*Variant Y/);
  assert.match(await textOf(page, "main"), /does not say which variant is which/);

  const seen = [await page.content()];
  for (const response of answers) seen.push(JSON.stringify(response.headers()), await response.text());
  const hosts = upstreams.map((url) => new URL(url).host);
  for (const text of seen)
    for (const secret of [...NAMES, ...hosts, "sarcastic", "neutral"])
      assert.ok(!text.toLowerCase().includes(secret), `${secret} in ${text.slice(0, 200)}`);

  await inspectLooks(page, "page-masked");
  assert.deepEqual(complaints, []);
  for (const address of requests) assert.ok(address.startsWith(`${proxy.admin}/`), address);
});

test("where the gateway asks for a token so does the page, and it keeps it for this tab", {
  timeout: 180_000,
}, async (t) => {
  const { proxy } = await start(t, `{ token: ${TOKEN} }`);
  const { page } = await openPage(t);
  await page.goto(`${proxy.admin}/`);
  await page.waitForSelector("#token");
  await inspectLooks(page, "page-token");
  await page.type("#token", "not-the-token-of-it");
  await page.keyboard.press("Enter");
  await waitForText(page, "#refused", /That is not the token/);
  await page.type("#token", TOKEN);
  await page.keyboard.press("Enter");
  await waitForText(page, ".liveness", /live/);
  assert.equal(await figure(page, "exposures roberta"), 0);
  await page.reload();
  await waitForText(page, ".liveness", /live/);
  assert.equal(await page.$("#token"), null);
  assert.ok(!(await page.content()).includes(TOKEN));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { openPage } from "./chromium.ts";
import { figure, inspectLooks, textOf, waitForText } from "./live-page.ts";

const REQUESTS = 400;

test("a model of somebody else, without our metrics, is compared by its callers' wait and not called silent", {
  timeout: 180_000,
}, async (t) => {
  // A service that knows no /metrics, and one that has others than ours.
  const [ours, theirs] = await Promise.all(
    [
      [5, 404, ""],
      [25, 200, "http_requests_total 7\n"],
    ].map(async ([waitMs, status, metrics]) =>
      startUpstream(t, async ({ url }, response) => {
        if (url === "/metrics") response.writeHead(Number(status)).end(metrics);
        else {
          await pause(Number(waitMs));
          response.end("{}");
        }
      }),
    ),
  );
  assert.ok(ours !== undefined && theirs !== undefined);
  const proxy = await startProxy(t, configuration({ ours: ours.url, theirs: theirs.url }, [50, 50]));
  for (let user = 0; user < REQUESTS; user += 20)
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        (await fetch(proxy.url, { headers: { "x-user-id": `user ${user + index}` } })).arrayBuffer(),
      ),
    );
  const { page, complaints } = await openPage(t);
  await page.goto(`${proxy.admin}/`);
  await waitForText(page, ".said", /^theirs is \d+ % slower for its callers$/);
  assert.match(
    await textOf(page, ".because"),
    /^callers' wait .* of \d+ and \d+ answers; ours and theirs do not tell the model's own time$/,
  );
  const said = await textOf(page, ".statements");
  assert.match(said, /theirs tells nothing of itself/);
  assert.match(said, /has no sentiment_requests_total/);
  assert.match(said, /It answered 404 to GET \/metrics/);
  assert.match(await textOf(page, ".checks"), /Every process answers.*fine.*3 of 3; .* without figures/);
  assert.equal(await page.$(".silent"), null);
  assert.doesNotMatch(await textOf(page, "main"), /does not answer/);
  await inspectLooks(page, "page-foreign");
  assert.deepEqual(complaints, []);
});

test("each process of a model has figures of its own, and memory also where its limit is unknown", {
  timeout: 180_000,
}, async (t) => {
  const urls = await Promise.all(
    [6, 20].map(async (sequences) => {
      const metrics = Object.entries({
        model_memory_usage_bytes: sequences * 1024 * 1024,
        sentiment_batch_sequences_sum: sequences,
        sentiment_batch_sequences_count: 4,
      }).map(([name, value]) => `${name}{model_version="ours"} ${value}\n`);
      const { url } = await startUpstream(t, (request, response) =>
        response.end(request.url === "/metrics" ? metrics.join("") : "{}"),
      );
      return url;
    }),
  );
  const proxy = await startProxy(t, configuration({ ours: urls.join('", "') }, [100]));
  const { page } = await openPage(t);
  await page.goto(`${proxy.admin}/`);
  await waitForText(page, ".liveness", /live/);
  const texts = await textOf(page, "#workers ~ .processes");
  assert.match(texts, /texts a run1\.5/);
  assert.match(texts, /texts a run5\.0/);
  const memory = urls.map((url) => figure(page, `memory ours ${new URL(url).host}`));
  assert.deepEqual(await Promise.all(memory), [6 * 1024 * 1024, 20 * 1024 * 1024]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { openPage } from "./chromium.ts";
import { figure, inspectLooks, textOf, waitForText } from "./live-page.ts";

test("several gateways are added up, and one with another configuration is marked", {
  timeout: 180_000,
}, async (t) => {
  const metrics =
    'sentiment_requests_total{model_version="NAME",status="200",sentiment_label="positive"} 5\n';
  const upstreams = await Promise.all(
    ["fast", "slow"].map(async (name) => {
      const { url } = await startUpstream(
        t,
        (request, response) =>
          void response.end(request.url === "/metrics" ? metrics.replace("NAME", name) : "{}"),
      );
      return [name, url] as const;
    }),
  );
  const experiment = (weights: readonly number[], more = "") =>
    configuration(Object.fromEntries(upstreams), weights, more);
  const other = await startProxy(t, experiment([70, 30]));
  const own = await startProxy(t, experiment([50, 50], `admin: { replicas: ["${other.admin}"] }`));
  for (const { url } of [own, other])
    for (let user = 0; user < 30; user += 1)
      await (await fetch(url, { headers: { "x-user-id": `user ${user}` } })).arrayBuffer();

  const { page, complaints } = await openPage(t);
  await page.goto(`${own.admin}/`);
  await waitForText(page, "#gateways", /^Gateways$/);
  await waitForText(page, "#gateways ~ .processes", /differs from the first/);
  await waitForText(page, ".checks", /One configuration.*look.*Gateways run 2 different ones/);
  const requests = await Promise.all(upstreams.map(([name]) => figure(page, `requests ${name}`)));
  assert.equal((requests[0] ?? 0) + (requests[1] ?? 0), 60);
  await inspectLooks(page, "page-replicas");

  await other.stop();
  const { host } = new URL(other.admin);
  await waitForText(page, "#gateways ~ .processes .silent", new RegExp(`${host}.*ECONNREFUSED`));
  assert.match(await textOf(page, ".checks"), new RegExp(`No numbers from ${host}`));
  assert.deepEqual(complaints, []);
});

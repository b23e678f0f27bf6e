import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import test, { type TestContext } from "node:test";
import { type RunningProxy, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream, unusedUrl } from "../../../test/support/upstream.ts";

const yaml = (urls: readonly string[], more = "") =>
  [
    "experiment: { name: test }",
    `variants: [{ name: only, weight: 100, upstreams: ${JSON.stringify(urls)} }]`,
    // Ejection off: each of these tests is about single requests.
    `upstream: { ejection: { failures: 0 }, ${more} }`,
    "",
  ].join("\n");

const retried = (proxy: RunningProxy) => proxy.metric("ab_upstream_retries_total", { result: "retried" });

/** Reads a request and resets the connection without a byte of an answer, as a killed process does. */
async function startKilled(t: TestContext): Promise<{ url: string; calls: () => number }> {
  let calls = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      calls++;
      socket.resetAndDestroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

test("what never got a connection is sent to another service of the variant, whatever the method", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end("ok"));
  const proxy = await startProxy(t, yaml([await unusedUrl(), url], "retry_budget: 100"));
  for (let round = 0; round < 20; round++) {
    const response = await fetch(proxy.url, { method: "POST", body: "x" });
    assert.equal(response.status, 200);
  }
  assert.ok(((await retried(proxy)) ?? 0) > 0);
});

test("a GET whose service died without a byte is sent once more", async (t) => {
  const killed = await startKilled(t);
  const proxy = await startProxy(t, yaml([killed.url]));
  assert.equal((await fetch(proxy.url)).status, 502);
  assert.equal(killed.calls(), 2);
  assert.equal(await retried(proxy), 1);
});

test("a POST that may have been received is never sent twice", async (t) => {
  const killed = await startKilled(t);
  const proxy = await startProxy(t, yaml([killed.url]));
  assert.equal((await fetch(proxy.url, { method: "POST", body: "x" })).status, 502);
  assert.equal(killed.calls(), 1);
  assert.equal(await retried(proxy), 0);
});

test("retries end with their budget, and none are made where it is 0", async (t) => {
  const killed = await startKilled(t);
  const proxy = await startProxy(t, yaml([killed.url], "retry_budget: 0"));
  for (let round = 0; round < 3; round++) assert.equal((await fetch(proxy.url)).status, 502);
  assert.equal(killed.calls(), 3);
  assert.equal(await proxy.metric("ab_upstream_retries_total", { result: "over_budget" }), 3);
});

test("a model's own 500 neither repeats nor ejects", async (t) => {
  let calls = 0;
  const { url } = await startUpstream(t, (_request, response) => {
    calls++;
    response.writeHead(500).end();
  });
  const proxy = await startProxy(t, yaml([url], "").replace("failures: 0", "failures: 1"));
  for (let round = 0; round < 5; round++) assert.equal((await fetch(proxy.url)).status, 500);
  assert.equal(calls, 5);
  assert.equal(await proxy.metric("ab_upstream_healthy"), 1);
});

test("an answer that takes too long in all is ended: 504 before its first byte, a broken transfer after", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    if (request.url === "/late") return;
    const drip = setInterval(() => response.write("x"), 5);
    response.once("close", () => clearInterval(drip));
  });
  const proxy = await startProxy(t, yaml([url], "total_timeout: 60ms"));
  assert.equal((await fetch(`${proxy.url}/late`)).status, 504);
  const dripping = await fetch(`${proxy.url}/drip`);
  await assert.rejects(dripping.text());
  assert.equal(await proxy.metric("ab_upstream_deadlines_total", { deadline: "total" }), 2);
  assert.equal(await proxy.metric("ab_upstream_in_flight"), 0);
});

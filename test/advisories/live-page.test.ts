import assert from "node:assert/strict";
import test from "node:test";
import type { OpenSnapshot } from "../../proxy/src/page/snapshot.ts";
import { exchangeRaw, rawRequest } from "../support/raw-http.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { worker } from "../support/worker-metrics.ts";

const TOKEN = "a-token-of-this-listener";

test("path traversal: no path leads out of the page's files", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end());
  const proxy = await startProxy(t, configuration({ a: url }, [100], `admin: { token: ${TOKEN} }`));
  const port = Number(new URL(proxy.admin).port);
  for (const path of [
    "/page/../page.ts",
    "/page/..%2fpage.ts",
    "/page/%2e%2e/page.ts",
    "/page/..\\page.ts",
    "/page//etc/passwd",
    "/page/./../../../../etc/passwd",
    "/page/index.html/..",
    "/page/uplot.js/../../../package.json",
    "/page/tsconfig.json",
    "/page/moves.test.ts",
    "/page/uplot.cjs.js",
    "/page/__proto__",
    "/page/constructor",
    "/page/",
    "/page/%00",
    "/page/main.ts%00.css",
    "http://elsewhere/page/../config",
  ]) {
    // As it stands: `fetch` would resolve the dots.
    const { status } = await exchangeRaw(port, rawRequest("GET", path, { host: `127.0.0.1:${port}` }));
    assert.ok(status === 404 || status === 401, `${path}: ${status}`);
  }
});

test("DNS rebinding: a page from elsewhere gets neither the files nor the snapshot", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end());
  const proxy = await startProxy(t, configuration({ a: url }, [100]));
  const port = Number(new URL(proxy.admin).port);
  for (const path of ["/", "/page/moves.ts", "/page/snapshot"]) {
    for (const fields of [
      { host: `evil.example:${port}` },
      { host: `127.0.0.1:${port}`, origin: "http://evil.example" },
      { host: `127.0.0.1:${port}`, origin: "null" },
    ])
      assert.equal((await exchangeRaw(port, rawRequest("GET", path, fields))).status, 403, path);
    const embedded = await fetch(proxy.admin + path);
    assert.equal(embedded.headers.get("cross-origin-resource-policy"), "same-origin");
    await embedded.arrayBuffer();
  }
});

test("huge /metrics: an endless answer is cut off, the others are shown, and memory is bounded", async (t) => {
  let sentBytes = 0;
  const line = Buffer.from(
    `sentiment_requests_total{model_version="a",status="200",sentiment_label="${"x".repeat(900)}"} 1\n`.repeat(
      64,
    ),
  );
  const endless = await startUpstream(t, (_, response) => {
    const write = () => {
      while (!response.destroyed && response.write(line)) sentBytes += line.length;
    };
    response.on("drain", write);
    write();
  });
  const well = await startUpstream(t, worker("b", { positive: 1, negative: 2 }));
  const proxy = await startProxy(t, configuration({ a: endless.url, b: well.url }, [50, 50]));
  const { workers } = (await (await fetch(`${proxy.admin}/page/snapshot`)).json()) as OpenSnapshot;
  assert.match(workers[0]?.problem ?? "", /more than 1048576 bytes|nothing within 1500 ms/);
  assert.deepEqual(workers[1]?.numbers?.predictions, { 200: { positive: 1, negative: 2 } });
  assert.ok(sentBytes < 64 * 1024 * 1024, `${sentBytes} bytes were sent`);
});

test("slow worker: who drips its metrics or never answers is given up, the others are shown", async (t) => {
  const silent = await startUpstream(t, () => undefined);
  const dripping = await startUpstream(t, (_, response) => {
    const timer = setInterval(() => response.write("sentiment_requests_total 1\n"), 50);
    response.once("close", () => clearInterval(timer));
  });
  const well = await startUpstream(t, worker("c", { positive: 1, negative: 2 }));
  const names = { a: silent.url, b: dripping.url, c: well.url };
  const proxy = await startProxy(t, configuration(names, [30, 30, 40]));
  const { workers } = (await (await fetch(`${proxy.admin}/page/snapshot`)).json()) as OpenSnapshot;
  for (const { problem } of workers.slice(0, 2)) assert.match(problem ?? "", /nothing within 1500 ms/);
  assert.deepEqual(workers[2]?.numbers?.predictions, { 200: { positive: 1, negative: 2 } });
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, type RunningProxy, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const isIdle = async (proxy: RunningProxy) => (await proxy.metric("ab_upstream_in_flight")) === 0;

test("an answer that waits for its padding and then breaks off gives one error, and nothing ends the proxy", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    response.writeHead(200, { "content-type": "text/plain" }).write("begun");
    if (request.url === "/reset") setImmediate(() => request.socket.resetAndDestroy());
  });
  const padded = configuration(
    { a: url },
    [100],
    "blind: { pad_latency: 80ms }\nupstream: { total_timeout: 30ms }",
  );
  const proxy = await startProxy(t, padded);
  assert.equal((await fetch(`${proxy.url}/stays`)).status, 504);
  assert.equal((await fetch(`${proxy.url}/reset`, { method: "POST" })).status, 502);
  await until(() => isIdle(proxy));
  assert.equal(await proxy.metric("ab_bucket_requests_total"), 2);
});

test("only what upstreams took moves the padding: neither refusals nor slow uploads do", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    request.resume().on("end", () => setTimeout(() => response.end("ok"), 20));
  });
  const proxy = await startProxy(
    t,
    configuration({ a: url }, [100], "blind: { pad_latency: p95 }\nlimits: { body: 10 }"),
  );
  for (let round = 0; round < 80; round++) await (await fetch(proxy.url)).text();
  await until(async () => ((await proxy.metric("ab_padding_target_seconds")) ?? 0) > 0.015);
  for (let round = 0; round < 200; round++)
    assert.equal((await fetch(proxy.url, { method: "POST", body: "above the limit" })).status, 413);
  const before = performance.now();
  await until(async () => performance.now() - before > 1200);
  assert.ok(((await proxy.metric("ab_padding_target_seconds")) ?? 0) > 0.015);
});

test("a length is said once, also where the service's own would pass and a filter made it wrong", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => {
    response
      .writeHead(200, { "content-type": "application/json", "content-length": 25 })
      .end('{"label":"a","model":"b"}');
  });
  const proxy = await startProxy(
    t,
    configuration({ a: url }, [100], "blind: { framing: pass, body: [label] }"),
  );
  const { headers, body } = await exchangeRaw(proxy.port, rawRequest("GET", "/", {}));
  assert.deepEqual(
    headers.filter(([name]) => name === "content-length"),
    [["content-length", "13"]],
  );
  assert.equal(body, '{"label":"a"}');
});

test("a body above the limit, or one that ends too soon, ejects no upstream", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    request.resume().on("end", () => response.end("ok"));
  });
  const proxy = await startProxy(t, configuration({ a: url }, [100], "limits: { body: 10 }"));
  const chunks = rawRequest("POST", "/", { "transfer-encoding": "chunked" });
  for (let round = 0; round < 5; round++)
    assert.equal(
      (await exchangeRaw(proxy.port, `${chunks}40\r\n${"x".repeat(64)}\r\n0\r\n\r\n`)).status,
      413,
    );
  assert.equal(await proxy.metric("ab_upstream_healthy"), 1);
  assert.equal((await fetch(proxy.url)).status, 200);
});

test("an answer of the first try that still decodes does not disturb the second", async (t) => {
  let calls = 0;
  const long = gzipSync(JSON.stringify({ text: "x".repeat(400_000) }));
  const { url } = await startUpstream(t, (request, response) => {
    calls++;
    response.writeHead(200, {
      "content-type": "application/json",
      "content-encoding": "gzip",
      "content-length": long.length,
    });
    if (calls > 1) return void response.end(long);
    response.write(long.subarray(0, long.length - 20), () => request.socket.destroy());
  });
  const proxy = await startProxy(t, configuration({ a: url }, [100]));
  const answer = await exchangeRaw(proxy.port, rawRequest("GET", "/", {}));
  if (answer.status === 200 && calls === 2) assert.equal(JSON.parse(answer.body).text.length, 400_000);
  else assert.equal(calls, 1, "a retried answer must be whole");
});

test("an error's body without end gives its place back, and so does an answer too long to filter", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    response.writeHead(request.url === "/error" ? 500 : 200, { "content-type": "application/json" });
    const drip = setInterval(() => response.write("x".repeat(request.url === "/error" ? 1 : 100_000)), 5);
    response.once("close", () => clearInterval(drip));
  });
  const proxy = await startProxy(t, configuration({ a: url }, [100], "blind: { body: [label] }"));
  assert.equal((await fetch(`${proxy.url}/error`)).status, 500);
  const long = await fetch(`${proxy.url}/long`);
  assert.equal(long.status, 502);
  assert.equal(((await long.json()) as { code: string }).code, "answer_not_blind");
  await until(() => isIdle(proxy));
});

test("a service that keeps its answer alive with blanks is not taken for a silent caller", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    let blanks = 0;
    const alive = setInterval(() => {
      if (++blanks < 12) return void response.write(" ");
      clearInterval(alive);
      response.end("{}");
    }, 200);
  });
  const proxy = await startProxy(
    t,
    configuration({ a: url }, [100], "upstream: { first_byte_timeout: 500ms, idle_timeout: 500ms }"),
  );
  const answer = await fetch(proxy.url);
  assert.equal((await answer.text()).trim(), "{}");
});

test("a status that HTTP does not have becomes 502", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.writeHead(799).end());
  const proxy = await startProxy(t, configuration({ a: url }, [100]));
  assert.equal((await fetch(proxy.url)).status, 502);
});

test("an HTTP/1.0 caller of a unix socket whose answer breaks off loses its connection, not the proxy", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    response.writeHead(200, { "content-type": "text/plain" }).write("begun");
    setTimeout(() => request.socket.destroy(), 20);
  });
  const path = join(tmpdir(), `blindsplit-${process.pid}.sock`);
  const proxy = await startProxy(t, configuration({ a: url }, [100], `listen: { unix: ${path} }`));
  const caller = connect(path);
  caller.write("POST / HTTP/1.0\r\nhost: a\r\n\r\n");
  caller.resume();
  await once(caller, "close");
  assert.equal((await fetch(`${proxy.admin}/-/healthy`)).status, 200);
});

test("one connection cannot take every place with pipelined requests", async (t) => {
  let calls = 0;
  const { url } = await startUpstream(t, () => void calls++);
  const proxy = await startProxy(t, configuration({ a: url }, [100]));
  const caller = connect(proxy.port, "127.0.0.1").on("error", () => undefined);
  t.after(() => caller.destroy());
  caller.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(200));
  await until(
    async () => ((await proxy.metric("ab_refusals_total", { code: "too_many_in_flight" })) ?? 0) > 0,
  );
  assert.ok(calls <= 33, String(calls));
});

test("a preflight needs an Origin, and counts for the rate limit", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end());
  const proxy = await startProxy(
    t,
    configuration({ a: url }, [100], "limits: { rate: { requests: 2, per: 60s } }"),
  );
  const ask = (headers: Record<string, string>) =>
    exchangeRaw(
      proxy.port,
      rawRequest("OPTIONS", "/", { "access-control-request-method": "POST", ...headers }),
    );
  assert.match((await ask({})).text, /set-cookie: model_session/);
  const statuses: number[] = [];
  for (let round = 0; round < 3; round++) statuses.push((await ask({ origin: "https://a.example" })).status);
  assert.equal(statuses.at(-1), 429);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test, { type TestContext } from "node:test";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startBytes, startUpstream, unusedUrl } from "../../../test/support/upstream.ts";

const one = (url: string, more = "") => configuration({ only: url }, [100], more);

test("an upstream that breaks off mid-body gives the caller a broken transfer, never a truncated success", async (t) => {
  for (const head of ["content-length: 100\r\n\r\nabc", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"]) {
    for (const after of ["end", "reset"] as const) {
      const url = await startBytes(t, `HTTP/1.1 200 OK\r\n${head}`, after);
      const proxy = await startProxy(t, one(url));
      await assert.rejects(fetch(proxy.url).then((response) => response.text()));
      assert.equal(await proxy.metric("ab_requests_total", { model_version: "only", status: "502" }), 1);
    }
  }
});

test("an answer without length or chunks passes and is counted", async (t) => {
  const url = await startBytes(t, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nabc", "end");
  const proxy = await startProxy(t, one(url));
  assert.equal(await (await fetch(proxy.url)).text(), "abc");
  assert.equal(await proxy.metric("ab_unframed_responses_total", { model_version: "only" }), 1);
});

const failures: readonly (readonly [string, (t: TestContext) => Promise<string>, number, string])[] = [
  ["that refuses connections", () => unusedUrl(), 502, "upstream_unreachable"],
  ["that resets before its answer", (t) => startBytes(t, "", "reset"), 502, "upstream_broken"],
  ["that closes before its answer", (t) => startBytes(t, "", "end"), 502, "upstream_broken"],
  ["that speaks no HTTP", (t) => startBytes(t, "SSH-2.0-OpenSSH\r\n", "stay"), 502, "upstream_broken"],
  ["that never answers", (t) => startBytes(t, "", "stay"), 504, "upstream_timeout"],
];
for (const [what, start, status, code] of failures) {
  test(`an upstream ${what} is a ${status} that does not name it`, async (t) => {
    const url = await start(t);
    const proxy = await startProxy(t, one(url, "upstream: { first_byte_timeout: 100ms }"));
    const response = await fetch(`${proxy.url}/predict`, { method: "POST", body: "{}" });
    const text = await response.text();
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal((JSON.parse(text) as { code: string }).code, code);
    assert.ok(!text.includes(new URL(url).port));
    assert.equal(await proxy.metric("ab_refusals_total", { code }), 1);
    assert.equal(
      await proxy.metric("ab_requests_total", { model_version: "only", status: String(status) }),
      1,
    );
  });
}

test("an upstream's 5xx keeps its status and loses its body; its 4xx passes, or is replaced where configured", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    const status = Number(request.url?.slice(1));
    response
      .writeHead(status, { "retry-after": "7", "content-type": "text/plain" })
      .end("RobertaError in model.py");
  });
  const passing = await startProxy(t, one(url));
  const replacing = await startProxy(t, one(url, "blind: { client_errors: replace }"));
  const ask = async (proxy: { url: string }, status: number) => {
    const response = await fetch(`${proxy.url}/${status}`);
    return {
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
      text: await response.text(),
    };
  };
  // The service's own figure would tell it: every 503 says the same, and no other 5xx says any.
  for (const [status, retryAfter] of [
    [500, null],
    [503, "1"],
  ] as const) {
    const answer = await ask(passing, status);
    assert.equal(answer.status, status);
    assert.equal(answer.retryAfter, retryAfter);
    assert.equal((JSON.parse(answer.text) as { code: string }).code, "upstream_error");
    assert.ok(!answer.text.includes("oberta"));
  }
  assert.equal((await ask(passing, 422)).text, "RobertaError in model.py");
  const replaced = await ask(replacing, 422);
  assert.equal(replaced.status, 422);
  assert.ok(!replaced.text.includes("oberta"));
});

test("more requests in flight than the limit are refused at once, with Retry-After, and never sent", async (t) => {
  let calls = 0;
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, async (_request, response) => {
    calls++;
    arrived.resolve();
    await release.promise;
    response.end("late");
  });
  const proxy = await startProxy(t, one(url, "upstream: { max_in_flight: 1 }"));
  const first = fetch(proxy.url);
  await arrived.promise;
  const second = await fetch(proxy.url);
  assert.equal(second.status, 503);
  assert.equal(second.headers.get("retry-after"), "1");
  assert.equal(((await second.json()) as { code: string }).code, "too_many_in_flight");
  release.resolve();
  assert.equal(await (await first).text(), "late");
  assert.equal(calls, 1);
});

test("to an HTTP/1.0 caller a break is a reset: a close would be the regular end", async (t) => {
  const url = await startBytes(t, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", "end");
  const proxy = await startProxy(t, one(url));
  const socket = connect(proxy.port, "127.0.0.1");
  socket.write("GET / HTTP/1.0\r\n\r\n");
  const [error] = (await once(socket.resume(), "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNRESET");
});

test("a replaced 401 and 405 keep the headers that HTTP demands", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    const status = Number(request.url?.slice(1));
    response
      .writeHead(status, { allow: "POST", "www-authenticate": "Bearer", "x-model": "roberta" })
      .end("x");
  });
  const proxy = await startProxy(t, one(url, "blind: { client_errors: replace }"));
  assert.equal((await fetch(`${proxy.url}/405`)).headers.get("allow"), "POST");
  assert.equal((await fetch(`${proxy.url}/401`)).headers.get("www-authenticate"), "Bearer");
});

test("information of an upstream (1xx) stays inside", async (t) => {
  const url = await startBytes(
    t,
    "HTTP/1.1 103 Early Hints\r\nlink: </roberta.css>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "stay",
  );
  const proxy = await startProxy(t, one(url));
  const answer = await exchangeRaw(proxy.port, rawRequest("GET", "/", {}));
  assert.equal(answer.status, 200);
  assert.ok(!answer.text.includes("103"));
  assert.ok(!answer.text.includes("roberta"));
});

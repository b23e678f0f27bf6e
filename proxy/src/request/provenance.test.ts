import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import test, { type TestContext } from "node:test";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";

/** A proxy whose service tells which fields it was sent. */
async function startMirror(t: TestContext, more = "") {
  const { url } = await startUpstream(t, (request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(request.headers));
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100], more));
  const ask = async (headers: Record<string, string>) => {
    const answer = await exchangeRaw(
      proxy.port,
      rawRequest("GET", "/", { host: "public.example", ...headers }),
    );
    const sent = new Map(answer.headers);
    return { status: answer.status, seen: JSON.parse(answer.body) as IncomingHttpHeaders, sent };
  };
  return { proxy, ask };
}

const CLAIMS = {
  "x-forwarded-for": "203.0.113.9",
  "x-forwarded-host": "outer.example",
  "x-forwarded-proto": "https",
  forwarded: "for=203.0.113.9",
};

test("without trusted hops nobody is believed about where a request came from", async (t) => {
  const { seen } = await (await startMirror(t)).ask(CLAIMS);
  assert.equal(seen["x-forwarded-for"], "127.0.0.1");
  assert.equal(seen["x-forwarded-host"], "public.example");
  assert.equal(seen["x-forwarded-proto"], "http");
  assert.equal(seen.forwarded, undefined);
});

test("with trusted hops their claims stay, and the downstream's address is appended", async (t) => {
  const { seen } = await (await startMirror(t, "identity: { trusted_hops: 1 }")).ask(CLAIMS);
  assert.equal(seen["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
  assert.equal(seen["x-forwarded-host"], "outer.example");
  assert.equal(seen["x-forwarded-proto"], "https");
  assert.equal(seen.forwarded, "for=203.0.113.9");
});

test("a sane request id goes up and comes back, any other is replaced by one of ours", async (t) => {
  const { ask } = await startMirror(t);
  const own = await ask({ "x-request-id": "trace-7" });
  assert.equal(own.seen["x-request-id"], "trace-7");
  assert.equal(own.sent.get("x-request-id"), "trace-7");
  const made = await ask({ "x-request-id": "two words" });
  assert.match(made.sent.get("x-request-id") ?? "", /^[A-Za-z0-9_-]{22}$/);
  assert.equal(made.seen["x-request-id"], made.sent.get("x-request-id"));
});

test("a refusal carries the request id too", async (t) => {
  const { proxy } = await startMirror(t);
  const response = await fetch(`${proxy.url}/metrics`, { headers: { "x-request-id": "trace-8" } });
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("x-request-id"), "trace-8");
});

test("W3C trace context passes untouched", async (t) => {
  const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const { seen } = await (await startMirror(t)).ask({ traceparent: trace, tracestate: "a=1" });
  assert.equal(seen.traceparent, trace);
  assert.equal(seen.tracestate, "a=1");
});

test("an id header from an untrusted peer is ignored, counted, and does not reach the service", async (t) => {
  const trust = "identity: { header: { name: x-user-id, trusted_from: [192.0.2.0/24] } }";
  const { proxy, ask } = await startMirror(t, trust);
  const { seen, sent } = await ask({ "x-user-id": "alice" });
  assert.equal(seen["x-user-id"], undefined);
  assert.match(sent.get("set-cookie") ?? "", /^model_session=/);
  assert.equal(await proxy.metric("ab_identity_ignored_total", { reason: "untrusted_header" }), 1);
});

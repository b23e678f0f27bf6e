import assert from "node:assert/strict";
import { connect } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { test } from "node:test";
import { fakeThreads } from "../testing/fake-thread.ts";
import { type RunningApp, runApp, testOptions } from "../testing/running-app.ts";

const fake = () => ({ startThread: fakeThreads().start });

/** What comes back for raw bytes until the connection ends. */
async function raw(app: RunningApp, bytes: string): Promise<string> {
  const { host, port } = app.app.address();
  const socket = connect(port, host);
  socket.write(bytes);
  return readAll(socket);
}

test("an unknown path is 404, and not counted as a prediction", async (t) => {
  const { get, post, scrape } = await runApp(t, testOptions(), fake());
  for (const path of ["/", "/predict/", "/Predict", "/constructor", "/__proto__", "/toString"]) {
    const answer = await post(path, { text: "a" });
    assert.deepEqual([answer.status, answer.json.code], [404, "not_found"], path);
  }
  assert.equal((await get("/nothing")).status, 404);
  assert.equal(
    [...(await scrape("sentiment_requests_total")).values()].every((value) => value === 0),
    true,
  );
});

test("what can be read answers GET and HEAD, and 405 with Allow otherwise", async (t) => {
  const { get } = await runApp(t, testOptions(), fake());
  for (const path of ["/healthz", "/readyz", "/metadata", "/metrics"]) {
    assert.equal((await get(path)).status, 200, path);
    assert.equal((await get(`${path}?probe=1`)).status, 200, path);
    const head = await get(path, { method: "HEAD" });
    assert.deepEqual([head.status, head.text], [200, ""], path);
    const wrong = await get(path, { method: "DELETE" });
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD"], path);
  }
});

test("/metrics is the text format of Prometheus", async (t) => {
  const { get } = await runApp(t, testOptions(), fake());
  const { headers, text } = await get("/metrics");
  assert.match(headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(text, /# TYPE sentiment_requests_total counter/);
});

test("bytes that are no HTTP get a problem and the end of the connection", async (t) => {
  const app = await runApp(t, testOptions(), fake());
  const answer = await raw(app, "HELLO\r\n\r\n");
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(answer, /"code":"malformed_http"/);
});

test("headers above the limit get 431", async (t) => {
  const app = await runApp(t, testOptions(), fake());
  const answer = await raw(app, `GET /healthz HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20_000)}\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 431 /);
  assert.match(answer, /"code":"headers_too_large"/);
});

test("an idle connection outlives the four seconds for which the proxy keeps it", async (t) => {
  const { get } = await runApp(t, testOptions(), fake());
  const { headers } = await get("/healthz");
  assert.equal(headers.get("connection"), "keep-alive");
  assert.match(headers.get("keep-alive") ?? "", /timeout=65/);
});

test("a connection is used again after an error, also one whose body was thrown away", async (t) => {
  const app = await runApp(t, testOptions({ maxBodyBytes: 1024 }), fake());
  const body = JSON.stringify({ text: "x".repeat(5000) });
  const post = `POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const answer = await raw(app, `${post}GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*HTTP\/1\.1 200 OK[\s\S]*"status":"ok"/);
});

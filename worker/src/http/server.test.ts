import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { Server } from "node:http";
import { connect } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { test } from "node:test";
import { retryable } from "../errors.ts";
import type { Answered } from "../inference/engine.ts";
import { answeredText } from "../testing/answered-texts.ts";
import { bareServer } from "../testing/bare-server.ts";
import { fakeThreads } from "../testing/fake-thread.ts";
import { type RunningApp, runApp, testOptions } from "../testing/running-app.ts";
import { until } from "../testing/until.ts";
import { BODY_DEADLINE_MS } from "./server.ts";

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

/** Node's own server behind an app; nothing of ours hands it out. */
async function nodeServer(app: RunningApp): Promise<Server> {
  const { promise, resolve } = Promise.withResolvers<Server>();
  const { port } = app.app.address();
  const onRequest = (message: unknown) => {
    const { server } = message as { server: Server };
    if ((server.address() as { port: number } | null)?.port === port) resolve(server);
  };
  subscribe("http.server.request.start", onRequest);
  await app.get("/healthz");
  unsubscribe("http.server.request.start", onRequest);
  return promise;
}

test("errors of the server after it listens are logged, each of them, and it serves on", async (t) => {
  const app = await runApp(t, testOptions(), fake());
  const server = await nodeServer(app);
  for (const code of ["first", "second"]) server.emit("error", new Error(`accept failed: ${code}`));
  assert.match(app.logged(), /accept failed: first[\s\S]*accept failed: second/);
  assert.equal((await app.get("/healthz")).status, 200);
});

test("connections above the limit are counted, and warned about once", async (t) => {
  const app = await runApp(t, testOptions(), fake());
  const name = 'sentiment_dropped_connections_total{model_version="tested",reason="too_many_open"}';
  assert.equal((await app.scrape()).get(name), 0);
  const server = await nodeServer(app);
  const limit = server.maxConnections;
  server.maxConnections = 1;
  const { host, port } = app.app.address();
  for (let dropped = 0; dropped < 3; dropped += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    connect(port, host)
      .on("error", () => {})
      .on("close", () => resolve());
    await promise;
  }
  server.maxConnections = limit;
  assert.equal((await app.scrape()).get(name), 3);
  assert.equal(app.logged().match(/too many connections/g)?.length, 1);
});

test("headers that do not come are answered with 408 request_timeout", async (t) => {
  const app = await runApp(t, testOptions(), { ...fake(), headersMs: 50 });
  const answer = await raw(app, "POST /predict HTTP/1.1\r\nhost: a\r\n");
  assert.match(answer, /^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
});

test("a body gets its whole time also after slow headers, before the connection is cut", async (t) => {
  const { requestTimeout, headersTimeout } = await nodeServer(await runApp(t, testOptions(), fake()));
  assert.ok(requestTimeout > headersTimeout + BODY_DEADLINE_MS, `${requestTimeout} ms`);
});

test("at the deadline of the stop every open request is answered with 503 and counted so, also one without its body", async (t) => {
  let admitted = 0;
  const { server, counted, post, requests } = await bareServer(t, () => {
    admitted += 1;
    return new Promise(() => {});
  });
  const answers = [post('{"text":"a"}'), post('{"text":"b"}'), post('{"te', { "content-length": "100" })].map(
    (socket) => readAll(socket),
  );
  await until(() => admitted === 2 && requests() === 3);
  const dropped: string[] = [];
  await server.close(50, (error) => dropped.push(error.code));
  for (const answer of await Promise.all(answers)) {
    assert.match(answer, /^HTTP\/1\.1 503 [\s\S]*"code":"stopping"/);
  }
  assert.deepEqual([counted, dropped], [[503, 503, 503], ["stopping"]]);
});

test("an answer that we cut at the deadline of the stop counts as 503, one that its caller left as 499", async (t) => {
  // More than the buffers of both sockets hold (Linux: up to 36 MiB), for callers who do not read.
  const label = "x".repeat(80 * 1024 * 1024);
  const many = [answeredText({ prediction: { label, score: 0.5, scores: [] } })];
  const held: ((answered: Answered[]) => void)[] = [];
  const { server, counted, post } = await bareServer(t, () => new Promise((resolve) => held.push(resolve)));
  const leaves = post('{"text":"a"}');
  await until(() => held.length === 1);
  held[0]?.(many);
  leaves.destroy();
  await until(() => counted.length === 1);
  post('{"text":"b"}');
  await until(() => held.length === 2);
  const closed = server.close(0, () => {});
  held[1]?.(many);
  await closed;
  await until(() => counted.length === 2);
  assert.deepEqual(counted, [499, 503]);
});

/** More than the buffers of both sockets hold, so that it is under way while its caller does not read. */
const large = () =>
  answeredText({ prediction: { label: "x".repeat(40 * 1024 * 1024), score: 0.5, scores: [] } });

test("a stop lets an answer that was ended but not yet sent arrive whole, however slowly it is read", async (t) => {
  const { server, counted, post } = await bareServer(t, async () => [large()]);
  const socket = post('{"text":"a"}');
  await once(socket, "readable");
  const closed = server.close(20_000, () => assert.fail("the deadline passed"));
  const answer = await readAll(socket);
  await closed;
  assert.ok(answer.length > 40 * 1024 * 1024 && answer.endsWith('"score":0.5}'), `${answer.length} bytes`);
  assert.deepEqual(counted, [200]);
});

test("work that comes on a kept connection while the worker stops is refused, and the connection closed", async (t) => {
  const held: ((answered: Answered[]) => void)[] = [];
  let isStopping = false;
  const { server, post, url } = await bareServer(t, () => {
    if (isStopping) throw retryable("stopping", "the worker is stopping");
    return new Promise((resolve) => held.push(resolve));
  });
  const first = post('{"text":"a"}');
  const { port } = new URL(url);
  const kept = connect(Number(port), "127.0.0.1");
  const answers = readAll(kept);
  kept.write("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
  await once(kept, "readable");
  await until(() => held.length === 1);
  isStopping = true;
  const closed = server.close(20_000, () => assert.fail("the deadline passed"));
  kept.write('POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 12\r\n\r\n{"text":"b"}');
  const text = await answers;
  assert.match(
    text,
    /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 503 [\s\S]*connection: close[\s\S]*"code":"stopping"/i,
  );
  held[0]?.([answeredText()]);
  assert.match(await readAll(first), /^HTTP\/1\.1 200 /);
  await closed;
});

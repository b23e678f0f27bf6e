import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fakeThreads } from "../../worker/src/testing/fake-thread.ts";
import { type RunningApp, runApp, testOptions } from "../../worker/src/testing/running-app.ts";
import { until } from "../../worker/src/testing/until.ts";
import { exchangeRaw, rawRequest } from "../support/raw-http.ts";

const JSON_TYPE = { "content-type": "application/json" };
const LONG_TEXT = "a film that goes on and on ".repeat(100);

const KEPT = { ...JSON_TYPE, connection: "keep-alive" };

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** What this process holds for JavaScript, buffers included. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function dropped(worker: RunningApp, reason: string): Promise<number | undefined> {
  const name = `sentiment_dropped_connections_total{model_version="tested",reason="${reason}"}`;
  return (await worker.scrape(name)).get(name);
}

async function open(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

test("work for nobody: the texts of a caller who leaves are dropped before they are computed", async (t) => {
  const texts = 128;
  const worker = await runApp(t, testOptions({ maxQueue: 256, maxTexts: texts, maxBodyBytes: 1_000_000 }));
  const socket = await open(t, worker.app.address().port);
  const body = JSON.stringify({ texts: Array.from({ length: texts }, () => LONG_TEXT) });
  socket.write(rawRequest("POST", "/predict", { ...JSON_TYPE, connection: "keep-alive" }, body));
  const read = async (series: string) =>
    [...(await worker.scrape(series)).values()].reduce((a, b) => a + b, 0);
  await until(async () => (await read("sentiment_queue_depth_tokens")) > 0);
  socket.destroy();
  await until(async () => (await read("sentiment_dropped_total")) > 0);
  await until(async () => (await read('sentiment_requests_total{model_version="tested",status="499"')) === 1);
  assert.equal(await read("sentiment_queue_depth"), 0);
  assert.ok((await read("sentiment_inference_seconds_count")) < texts, "all was computed all the same");
});

test("slow read: a caller who never reads its answers does not keep the worker from stopping", async (t) => {
  const worker = await runApp(t, testOptions(), { stopMs: 200 });
  const socket = await open(t, worker.app.address().port);
  socket.pause();
  socket.write("GET /metrics HTTP/1.1\r\nHost: worker\r\n\r\n".repeat(100));
  const dead = await open(t, worker.app.address().port);
  dead.write("POST /predict HTTP/1.1\r\nHost: worker\r\nContent-Length: 10\r\n\r\n{");
  await worker.app.stop();
});

test("slowloris: a connection that says nothing, and one that never ends its headers, are closed", async (t) => {
  const worker = await runApp(t, testOptions(), { headersMs: 100 });
  const [silent, slow] = [await open(t, worker.app.address().port), await open(t, worker.app.address().port)];
  slow.write("GET /healthz HTTP/1.1\r\nHost: wor");
  await Promise.all([silent, slow].map((socket) => once(socket.resume(), "close")));
});

test("bodies in one-byte chunks: they cost the worker their bytes, not their chunks", async (t) => {
  const chunks = 300_000;
  const worker = await runApp(t, testOptions({ maxBodyBytes: 2 * chunks }), { stopMs: 50 });
  const theirs: Socket[] = [];
  const onRequest = (message: unknown) => void theirs.push((message as { socket: Socket }).socket);
  subscribe("http.server.request.start", onRequest);
  t.after(() => unsubscribe("http.server.request.start", onRequest));
  const beforeBytes = heldBytes();
  const socket = await open(t, worker.app.address().port);
  socket.write("POST /predict HTTP/1.1\r\nHost: worker\r\nTransfer-Encoding: chunked\r\n\r\n");
  socket.write("1\r\n \r\n".repeat(chunks));
  await until(() => (theirs[0]?.bytesRead ?? 0) > 6 * chunks);
  const grownBytes = heldBytes() - beforeBytes;
  assert.ok(grownBytes < 20 * chunks, `${Math.round(grownBytes / chunks)} bytes for each byte of the body`);
});

test("answers nobody reads: a connection that asks far ahead is cut, and costs no answers", async (t) => {
  const worker = await runApp(t, testOptions(), { stopMs: 200 });
  const { port } = worker.app.address();
  const sockets = await Promise.all(Array.from({ length: 20 }, () => open(t, port)));
  const closed = Promise.all(sockets.map((socket) => once(socket, "close")));
  for (const socket of sockets) socket.write("GET /metrics HTTP/1.1\r\nHost: worker\r\n\r\n".repeat(1000));
  await closed;
  assert.equal((await worker.get("/healthz")).status, 200);
  assert.equal(await dropped(worker, "pipelined"), sockets.length);
  assert.match(worker.logged(), /too many requests wait on one connection/);
});

test("predictions ahead of their answers: a connection that asks far ahead is cut, and its work dropped", async (t) => {
  const threads = fakeThreads();
  const worker = await runApp(t, testOptions({ maxQueue: 256 }), { startThread: threads.start, stopMs: 50 });
  const socket = await open(t, worker.app.address().port);
  socket.resume().write(rawRequest("POST", "/predict", KEPT, '{"text":"a"}').repeat(100));
  await once(socket, "close");
  const left = 'sentiment_requests_total{model_version="tested",status="499",sentiment_label="none"}';
  // The one it is at, and those that may wait behind it.
  await until(async () => (await worker.scrape()).get(left) === 33);
  await until(async () => (await worker.scrape("sentiment_queue_depth{")).values().next().value === 0);
});

test("a few requests ahead of their answers are answered, in order", async (t) => {
  const worker = await runApp(t, testOptions({ maxQueue: 64 }));
  const socket = await open(t, worker.app.address().port);
  const last = "GET /healthz HTTP/1.1\r\nHost: worker\r\nConnection: close\r\n\r\n";
  const predict = rawRequest("POST", "/predict", KEPT, '{"text":"a good film"}');
  socket.write(`${predict}GET /metrics HTTP/1.1\r\nHost: worker\r\n\r\n`.repeat(15) + last);
  let text = "";
  for await (const chunk of socket) text += chunk;
  const kinds = text.match(/"label":"positive"|# TYPE sentiment_requests_total|"status":"ok"/g);
  const pair = ['"label":"positive"', "# TYPE sentiment_requests_total"];
  assert.deepEqual(kinds, [...Array.from({ length: 15 }, () => pair).flat(), '"status":"ok"']);
});

test("every place taken, by callers who say nothing: the places for probes are soon free again", async (t) => {
  const connections = { open: 4, spare: 2, spareMs: 100 };
  const worker = await runApp(t, testOptions(), { connections, headersMs: 600_000, stopMs: 50 });
  const { port } = worker.app.address();
  await Promise.all(Array.from({ length: 6 }, () => open(t, port)));
  const isHealthy = async () => (await exchangeRaw(port, rawRequest("GET", "/healthz", {}))).status === 200;
  // No place: reset.
  await until(() => isHealthy().catch(() => false));
});

test("every place taken: probes and scrapes are answered, everything else gets 503", async (t) => {
  const worker = await runApp(t, testOptions(), { connections: { open: 4, spare: 2 }, stopMs: 50 });
  const { port } = worker.app.address();
  const held = await Promise.all(Array.from({ length: 4 }, () => open(t, port)));
  const body = '{"text":"a"}';
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    const answer = await exchangeRaw(port, rawRequest("GET", path, { connection: "keep-alive" }, ""));
    assert.match(answer.text, /^HTTP\/1\.1 200 [\s\S]*connection: close\r\n/i, path);
  }
  for (const request of [
    rawRequest("POST", "/predict", KEPT, body),
    rawRequest("GET", "/metadata", {}, ""),
  ]) {
    const { status, text } = await exchangeRaw(port, request);
    assert.equal(status, 503);
    assert.match(text, /retry-after: 1\r\n[\s\S]*"code":"too_many_connections"/);
  }
  assert.equal(await dropped(worker, "too_many_open"), 2);
  for (const socket of held) socket.destroy();
  await until(
    async () => (await exchangeRaw(port, rawRequest("POST", "/predict", JSON_TYPE, body))).status === 200,
  );
});

for (const [name, headers, body] of [
  ["a length and chunks", { "content-length": "5", "transfer-encoding": "chunked" }, "0\r\n\r\n"],
  ["chunks that are not the last coding", { "transfer-encoding": "chunked, identity" }, "0\r\n\r\n"],
  ["a length that is no number", { "content-length": "+5" }, "hello"],
] as const)
  test(`smuggling: ${name} is refused, and the connection closed`, async (t) => {
    const worker = await runApp(t);
    const { port } = worker.app.address();
    const head = Object.entries({ host: "worker", ...JSON_TYPE, ...headers });
    const lines = head.map(([field, value]) => `${field}: ${value}\r\n`).join("");
    const hidden = "GET /healthz HTTP/1.1\r\nhost: worker\r\n\r\n";
    const answer = await exchangeRaw(port, `POST /predict HTTP/1.1\r\n${lines}\r\n${body}${hidden}`);
    assert.equal(answer.status, 400);
    assert.equal(answer.text.split("HTTP/1.1 ").length, 2, answer.text);
  });

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { runApp, testOptions } from "../../worker/src/testing/running-app.ts";
import { until } from "../../worker/src/testing/until.ts";
import { exchangeRaw, rawRequest } from "../support/raw-http.ts";

const JSON_TYPE = { "content-type": "application/json" };
const LONG_TEXT = "a film that goes on and on ".repeat(100);

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
  await until(async () => (await read("sentiment_queue_depth")) > 0);
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

import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { PassThrough } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fakeThreads } from "../testing/fake-thread.ts";
import { type Answer, type RunningApp, runApp, testOptions } from "../testing/running-app.ts";
import { until } from "../testing/until.ts";

/** One text a run, so that a test knows what waits. */
const batch = { maxTexts: 1, maxTokens: 256, maxDelayMs: 0 };
const OPTIONS = testOptions({ maxQueue: 4, maxTexts: 6, maxInputChars: 20, maxBodyBytes: 2048, batch });
const JSON_TYPE = { "content-type": "application/json" };
type Ask = (app: RunningApp) => Promise<Answer>;
const send =
  (path: string, body: unknown, headers: Record<string, string> = JSON_TYPE): Ask =>
  (app) =>
    app.post(path, body, { headers });

/** Every error a caller can cause, with its status and code; each is counted once, under its status. */
const ERRORS: readonly (readonly [string, Ask, number, string])[] = [
  ["broken JSON", send("/predict", '{"text": '), 400, "invalid_json"],
  ["an empty body", send("/predict", ""), 400, "invalid_json"],
  ["invalid UTF-8", send("/predict", Buffer.from('{"text":"\xff"}', "latin1")), 400, "invalid_utf8"],
  ["a lone surrogate", send("/predict", '{"text":"\\ud800"}'), 400, "invalid_request"],
  ["deep nesting", send("/predict", `${"[".repeat(900)}${"]".repeat(900)}`), 400, "invalid_json"],
  ["a wrong type", send("/predict", { text: 7 }), 400, "invalid_request"],
  ["an empty list", send("/predict", { texts: [] }), 400, "invalid_request"],
  ["an unknown field", send("/predict", { text: "a", x: 1 }), 400, "invalid_request"],
  ["GET", (app) => app.get("/predict"), 405, "method_not_allowed"],
  ["PUT", (app) => app.get("/forward", { method: "PUT", body: "x" }), 405, "method_not_allowed"],
  ["a body above the limit", send("/predict", { text: "x".repeat(3000) }), 413, "body_too_large"],
  [
    "more texts than the queue holds",
    send("/predict", { texts: ["a", "b", "c", "d", "e"] }),
    413,
    "too_many_texts",
  ],
  [
    "form encoding, as curl -d sends it",
    send("/predict", "text=a", { "content-type": "application/x-www-form-urlencoded" }),
    415,
    "unsupported_media_type",
  ],
  ["an empty text", send("/predict", { text: " " }), 422, "text_empty"],
  ["a long text", send("/predict", { text: "x".repeat(21) }), 422, "text_too_long"],
  ["an empty text to /forward", send("/forward", { text: "" }), 403, "text_empty"],
  [
    "a long text to /forward_batch",
    send("/forward_batch", { texts: ["x".repeat(21)] }),
    403,
    "text_too_long",
  ],
  ["texts to /forward", send("/forward", { texts: ["a"] }), 400, "invalid_request"],
];
for (const [name, ask, status, code] of ERRORS) {
  test(`${name}: ${status} ${code} as a problem, counted once`, async (t) => {
    const app = await runApp(t, OPTIONS, { startThread: fakeThreads().start });
    const answer = await ask(app);
    assert.deepEqual([answer.status, answer.json.code], [status, code]);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.deepEqual(Object.keys(answer.json), ["type", "title", "status", "code", "detail"]);
    assert.equal(answer.json.status, status);
    if (status === 405) assert.equal(answer.headers.get("allow"), "POST");
    assert.deepEqual(await counted(app), { [`${status} none`]: 1 });
  });
}

test("each text counts with its label; the aliases answer with the same bodies", async (t) => {
  const app = await runApp(t);
  const text = "a wonderful film";
  const [a, b] = await Promise.all([app.post("/predict", { text }), app.post("/forward", { text, user: 1 })]);
  assert.deepEqual(a.json, b.json);
  const many = await app.post("/predict", { texts: [text, text] });
  assert.deepEqual((await app.post("/forward_batch", { texts: [text, text] })).json, many.json);
  assert.deepEqual(many.json.predictions, [a.json, a.json]);
  assert.deepEqual(await counted(app), { [`200 ${a.json.label}`]: 6 });
  const scraped = await app.scrape();
  assert.equal(scraped.get('sentiment_inference_seconds_count{model_version="tested"}'), 6);
  assert.equal(scraped.get('sentiment_input_characters_sum{model_version="tested"}'), 6 * text.length);
});

test("a full queue answers 429 with Retry-After at once, all or nothing, and serves the admitted", async (t) => {
  const threads = fakeThreads();
  const app = await runApp(t, OPTIONS, { startThread: threads.start });
  const admitted = [
    app.post("/predict", { texts: ["a", "b"] }),
    app.post("/predict", { texts: ["c", "d", "e"] }),
  ];
  await threads.untilHeld(2);
  await untilDepth(app, 3);
  const refused = await app.post("/predict", { texts: ["f", "g"] });
  assert.deepEqual([refused.status, refused.json.code], [429, "queue_full"]);
  assert.match(refused.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  for (let run = 0; run < 5; run += 1) {
    await threads.untilHeld(1);
    threads.held.shift()?.answer();
  }
  const statuses = (await Promise.all(admitted)).map((answer) => answer.status);
  assert.deepEqual(statuses, [200, 200]);
  assert.equal(threads.seen.length, 5);
  assert.deepEqual(await counted(app), { "200 positive": 5, "429 none": 1 });
});

/** An app whose queue is full, and stays so. */
async function fullApp(t: TestContext): Promise<RunningApp> {
  const options = { ...OPTIONS, maxBodyBytes: 1_000_000 };
  const app = await runApp(t, options, { startThread: fakeThreads().start, stopMs: 50 });
  // Two are handed over, four wait.
  for (let waiting = 0; waiting < 6; waiting += 1) app.post("/predict", { text: "a" }).catch(() => {});
  await untilDepth(app, 4);
  return app;
}

test("a full queue refuses before anything is read of the body", async (t) => {
  const app = await fullApp(t);
  const { port } = app.app.address();
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.write("POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 12\r\n\r\n");
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1\.1 429 [\s\S]*retry-after: 1\r\n[\s\S]*"code":"queue_full"/);
  // Its connection is of use again when the body is there.
  socket.write('{"text":"b"}GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  assert.match(await readAll(socket), /^HTTP\/1\.1 200 [\s\S]*"status":"ok"/);
  assert.equal((await counted(app))["429 none"], 1);
});

test("a full queue answers who ends the connection, too, however long the body is", async (t) => {
  const app = await fullApp(t);
  const { port } = app.app.address();
  const body = JSON.stringify({ text: "x".repeat(900_000) });
  for (let time = 0; time < 5; time += 1) {
    const socket = connect(port, "127.0.0.1");
    t.after(() => socket.destroy());
    const head = `POST /predict HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${body.length}`;
    socket.write(`${head}\r\n\r\n${body.slice(0, 1000)}`);
    await delay(5);
    socket.write(body.slice(1000));
    assert.match(await readAll(socket), /^HTTP\/1\.1 429 [\s\S]*"code":"queue_full"/);
  }
});

test("entries of a caller who left are dropped before they are computed, and the request counts as 499", async (t) => {
  const threads = fakeThreads();
  const app = await runApp(t, OPTIONS, { startThread: threads.start });
  const stays = app.post("/predict", { texts: ["a", "b"] });
  await threads.untilHeld(2);
  const caller = new AbortController();
  const leaves = app.post(
    "/predict",
    { texts: ["x", "y"] },
    { signal: caller.signal, headers: JSON_TYPE, body: '{"texts":["x","y"]}' },
  );
  await untilDepth(app, 2);
  caller.abort();
  await assert.rejects(leaves);
  await untilDepth(app, 0);
  for (const run of threads.held.splice(0)) run.answer();
  await stays;
  assert.equal(threads.seen.length, 2);
  assert.deepEqual(await counted(app), { "200 positive": 2, "499 none": 1 });
  const dropped = await app.scrape('sentiment_dropped_total{model_version="tested",reason="caller_gone"}');
  assert.deepEqual([...dropped.values()], [2]);
});

test("a caller who leaves in the middle of its body counts as 499", async (t) => {
  const app = await runApp(t, OPTIONS, { startThread: fakeThreads().start });
  const { port } = app.app.address();
  const socket = connect(port, "127.0.0.1", () => {
    socket.write(
      "POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
    );
  });
  await new Promise((resolve) => socket.once("ready", resolve));
  socket.destroy();
  await until(async () => (await counted(app))["499 none"] === 1);
  assert.deepEqual(await counted(app), { "499 none": 1 });
});

test("a body that does not come is answered with 408 when its time is over", async (t) => {
  const app = await runApp(t, OPTIONS, { startThread: fakeThreads().start, bodyMs: 20, stopMs: 50 });
  const { host, port } = app.app.address();
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    const slow = new PassThrough();
    slow.write('{"text":');
    const request = httpRequest({ host, port, path: "/predict", method: "POST", headers: JSON_TYPE });
    request.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject);
    slow.pipe(request);
    t.after(() => request.destroy());
  });
  assert.equal(answer, 408);
  await until(async () => (await counted(app))["408 none"] === 1);
});

test("a megabyte of text gets an answer, not a reset, whether its length is announced or not", async (t) => {
  const app = await runApp(t, OPTIONS, { startThread: fakeThreads().start });
  const megabyte = JSON.stringify({ text: "x".repeat(1_000_000) });
  assert.equal((await app.post("/predict", megabyte)).status, 413);
  const stream = new Blob([megabyte]).stream();
  const chunked = { method: "POST", headers: JSON_TYPE, body: stream, duplex: "half" } as RequestInit;
  assert.equal((await app.get("/predict", chunked)).status, 413);
  const allowed = await runApp(t, testOptions({ maxBodyBytes: 2_000_000 }), {
    startThread: fakeThreads().start,
  });
  const refused = await allowed.post("/predict", megabyte);
  assert.deepEqual([refused.status, refused.json.code], [422, "text_too_long"]);
});

test("no text reaches the log, whatever goes wrong", async (t) => {
  const threads = fakeThreads();
  const app = await runApp(t, OPTIONS, { startThread: threads.start });
  const broken = app.post("/predict", { text: "private" });
  await threads.untilHeld(1);
  threads.held.shift()?.answer([[Number.NaN, 0]]);
  const answer = await broken;
  assert.deepEqual([answer.status, answer.json.code], [422, "text_unprocessable"]);
  assert.match(app.logged(), /"level":"warn"[^\n]*"code":"text_unprocessable"/);
  await app.post("/predict", '{"text": "private');
  await app.post("/predict", { text: "private", private: 1 });
  assert.doesNotMatch(app.logged(), /private/);
});

function untilDepth(app: RunningApp, depth: number): Promise<void> {
  return until(async () => (await app.scrape("sentiment_queue_depth")).values().next().value === depth);
}

/** Non-zero counts as "status label". */
async function counted(app: RunningApp): Promise<Record<string, number>> {
  const scraped = await app.scrape("sentiment_requests_total");
  const pairs = [...scraped].filter(([, value]) => value > 0);
  return Object.fromEntries(
    pairs.map(([name, value]) => [
      `${/status="(\w+)"/.exec(name)?.[1]} ${/label="(\w+)"/.exec(name)?.[1]}`,
      value,
    ]),
  );
}

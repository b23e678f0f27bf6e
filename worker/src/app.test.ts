import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { WorkerError } from "./errors.ts";
import { RUNNER_LIMITS } from "./inference/runner.ts";
import { startModelThread } from "./inference/thread.ts";
import { type FakeThreads, fakeThreads } from "./testing/fake-thread.ts";
import {
  DISTILBERT,
  directory,
  quietApp,
  ROBERTA,
  type RunningApp,
  requester,
  runApp,
  testOptions,
} from "./testing/running-app.ts";
import { until } from "./testing/until.ts";

/** Two texts are handed to the thread, each in a run of its own; further ones wait. */
const ONE_BY_ONE = testOptions({ batch: { maxTexts: 1, maxTokens: 512, maxDelayMs: 0 } });

const isCode = (code: string) => (error: unknown) => error instanceof WorkerError && error.code === code;

test("a started worker predicts one text and many with the bundled model", async (t) => {
  const { post, get } = await runApp(t);
  const one = await post("/predict", { text: "A wonderful, touching and funny film!" });
  assert.equal(one.status, 200);
  assert.equal(one.json.label, "positive");
  assert.ok(one.json.score > 0.5 && one.json.score <= 1);
  assert.deepEqual(Object.keys(one.json), ["label", "score"]);
  const many = await post("/predict", { texts: ["Dull, stupid and awful.", "Wonderful and moving."] });
  assert.deepEqual(
    many.json.predictions.map((prediction: { label: string }) => prediction.label),
    ["negative", "positive"],
  );
  assert.equal((await get("/readyz")).status, 200);
});

test("two workers live in one process, each with its own labels and metrics", async (t) => {
  const a = await runApp(t, testOptions({ name: "a" }));
  const b = await runApp(t, testOptions({ name: "b", model: directory(ROBERTA) }));
  await Promise.all([a.post("/predict", { text: "fine" }), b.post("/predict", { text: "fine" })]);
  const total = async (app: typeof a) => {
    const values = [...(await app.scrape("sentiment_requests_total")).entries()];
    return values.filter(([, value]) => value > 0).map(([name]) => /model_version="(\w+)"/.exec(name)?.[1]);
  };
  assert.deepEqual([await total(a), await total(b)], [["a"], ["b"]]);
});

test("while the model loads /healthz says yes, /readyz and predictions say 503, and start waits", async () => {
  const threads = fakeThreads({ isReady: () => false });
  const asked = Promise.withResolvers<void>();
  const { app } = quietApp(testOptions(), {
    startThread: (data) => {
      asked.resolve();
      return threads.start(data);
    },
  });
  const start = app.start();
  start.catch(() => {});
  await asked.promise;
  const { get, post, scrape } = requester(app);
  assert.equal((await get("/healthz")).status, 200);
  const readiness = await get("/readyz");
  assert.deepEqual([readiness.status, readiness.json.code], [503, "not_ready"]);
  assert.equal(readiness.headers.get("retry-after"), "1");
  assert.equal((await get("/metadata")).status, 503);
  const refused = await post("/predict", { text: "a" });
  assert.deepEqual([refused.status, refused.json.code], [503, "not_ready"]);
  assert.equal((await scrape("sentiment_worker_ready")).values().next().value, 0);
  await app.stop();
  await assert.rejects(start);
});

test("a missing model fails the start with its path and the remedy, and leaves nothing running", async () => {
  const { app } = quietApp(testOptions({ model: directory("/nowhere") }));
  await assert.rejects(app.start(), (error) => {
    assert.ok(isCode("model_file_missing")(error));
    assert.match(String(error), /\/nowhere\/.*set model to/);
    return true;
  });
});

test("a dtype the model does not have fails the start with the path of the file", async () => {
  const { app } = quietApp(testOptions({ dtype: "fp16" }));
  await assert.rejects(app.start(), /onnx\/model_fp16\.onnx/);
});

test("a port that is taken fails the start with the remedy", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  t.after(() => other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  const { app } = quietApp(testOptions({ port }), { startThread: fakeThreads().start });
  await assert.rejects(app.start(), (error) => {
    assert.ok(isCode("listen_failed")(error));
    assert.match(String(error), /EADDRINUSE.*choose another port/);
    return true;
  });
});

test("stop finishes what is admitted, refuses new work and then the port is closed", async (t) => {
  const threads = fakeThreads();
  const { app, post, url } = await runApp(t, ONE_BY_ONE, { startThread: threads.start });
  const admitted = [post("/predict", { texts: ["a", "b", "c"] })];
  await threads.untilHeld(2);
  const stopped = app.stop();
  await assert.rejects(fetch(`${url}/healthz`), "a new connection is refused");
  for (let index = 0; index < 3; index += 1) {
    await threads.untilHeld(1);
    threads.held.shift()?.answer();
  }
  const [answer] = await Promise.all(admitted);
  assert.deepEqual([answer?.status, answer?.json.predictions.length], [200, 3]);
  assert.equal(answer?.headers.get("connection"), "close");
  await stopped;
});

test("stop ends within its deadline although a run does not, and its callers get 503", async (t) => {
  const threads = fakeThreads();
  const { app, post, scrape } = await runApp(t, ONE_BY_ONE, { startThread: threads.start, stopMs: 50 });
  const asked = ["one", "two", "three"].map((text) => post("/predict", { text }));
  await untilAdmitted(threads, scrape, 3);
  await Promise.all([app.stop(), app.stop()]);
  for (const { status, json } of await Promise.all(asked)) {
    assert.deepEqual([status, json.code], [503, "stopping"]);
  }
});

test("an exception in the inference thread: 503 for its callers, /readyz 503 meanwhile, then another thread", async (t) => {
  const threads = fakeThreads({ isReady: (thread) => thread === 1 });
  const restarts = { windowMs: 60_000, limit: 3, firstPauseMs: 1 };
  const { get, post, scrape, logged } = await runApp(t, ONE_BY_ONE, {
    startThread: threads.start,
    runnerLimits: { loadMs: 5000, runMs: 5000, restarts },
  });
  const running = post("/predict", { texts: ["secret one", "b", "waits"] });
  await threads.untilHeld(2);
  threads.crash();
  const failed = await running;
  assert.deepEqual([failed.status, failed.json.code], [503, "inference_failed"]);
  assert.equal((await get("/readyz")).status, 503);
  assert.equal((await get("/healthz")).status, 200);
  await until(() => threads.starts() === 2);
  threads.becomeReady();
  await until(async () => (await get("/readyz")).status === 200);
  const next = post("/predict", { text: "again" });
  await threads.untilHeld(1);
  threads.held.shift()?.answer();
  assert.equal((await next).status, 200);
  assert.equal(threads.starts(), 2);
  const scraped = await scrape();
  assert.equal(scraped.get('sentiment_inference_thread_restarts_total{model_version="tested"}'), 1);
  assert.equal(scraped.get('sentiment_dropped_total{model_version="tested",reason="inference_failed"}'), 3);
  assert.match(logged(), /inference thread failed/);
  assert.doesNotMatch(logged(), /secret/);
});

test("three exceptions of the real thread within a minute make the app say that it failed", async (t) => {
  const entry = new URL("./testing/failing-thread.ts", import.meta.url);
  const restarts = { windowMs: 60_000, limit: 3, firstPauseMs: 1 };
  const { app, get, post } = await runApp(t, testOptions({ input: "text" }), {
    startThread: (data) => startModelThread(data, entry),
    runnerLimits: { loadMs: 5000, runMs: 5000, restarts },
  });
  for (let failure = 0; failure < 3; failure += 1) {
    await until(async () => (await get("/readyz")).status === 200);
    assert.equal((await post("/predict", { text: "throw" })).status, 503);
  }
  assert.match((await app.failed).message, /failed 3 times within 60 s/);
});

test("a run that hangs makes the app say that it failed, and what waits behind it is answered", async (t) => {
  const threads = fakeThreads();
  const { app, post } = await runApp(t, ONE_BY_ONE, {
    startThread: threads.start,
    runnerLimits: { ...RUNNER_LIMITS, runMs: 500 },
    stopMs: 50,
  });
  const hanging = post("/predict", { text: "hangs" });
  await threads.untilHeld(1);
  const waiting = await post("/predict", { texts: ["hangs too", "waits"] });
  assert.deepEqual([waiting.status, waiting.json.code], [503, "inference_failed"]);
  assert.match((await app.failed).message, /longer than 500 ms/);
  await app.stop();
  assert.equal((await hanging).status, 503);
});

test("/metadata says model, labels, limits and versions", async (t) => {
  const { get } = await runApp(t);
  const { json } = await get("/metadata");
  assert.equal(json.model.name, DISTILBERT.split("/").at(-1));
  assert.match(json.model.revision, /^[0-9a-f]{12}$/);
  assert.deepEqual(new Set(json.model.labels), new Set(["negative", "positive"]));
  assert.equal(json.limits.max_queue, 8);
  assert.match(json.versions.runtime, /^onnxruntime-node/);
});

/** Two of them are handed to the thread, the others wait. */
async function untilAdmitted(
  threads: FakeThreads,
  scrape: RunningApp["scrape"],
  count: number,
): Promise<void> {
  await threads.untilHeld(2);
  const depth = async () => (await scrape("sentiment_queue_depth")).values().next().value;
  await until(async () => (await depth()) === count - 2);
}

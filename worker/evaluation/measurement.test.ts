import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint, Reply } from "./endpoint.ts";
import { measure } from "./measurement.ts";

const task = "text-classification";

const rows = (count: number) =>
  Array.from({ length: count }, (_, line) => ({ line, label: "positive", text: `t${line}` }));

function endpointThat(predict: (text: string) => Promise<Reply>): Endpoint {
  return {
    url: "http://standin",
    requireReady: async () => {},
    describe: () => assert.fail("not asked"),
    scrape: () => assert.fail("not asked"),
    predict,
  };
}

test("a text answered 429 is sent again and the refusal is no failure", async () => {
  let calls = 0;
  const endpoint = endpointThat(async () => {
    calls += 1;
    return calls <= 2 ? { kind: "busy", retryAfterMs: 0 } : { kind: "label", label: "positive" };
  });
  const measurement = await measure(rows(1), endpoint, { task, concurrency: 1 });
  assert.equal(measurement.retries, 2);
  assert.equal(measurement.answers.length, 1);
  assert.equal(measurement.failures.size, 0);
});

test("a text that is refused beyond its budget failed with 429", async () => {
  const endpoint = endpointThat(async () => ({ kind: "busy", retryAfterMs: 3_600_000 }));
  const measurement = await measure(rows(2), endpoint, { task, concurrency: 1, busyBudgetMs: 1000 });
  assert.deepEqual([...measurement.failures], [["HTTP 429", 2]]);
  assert.equal(measurement.retries, 0);
});

test("never more texts are on their way than the concurrency says, and each is sent once", async () => {
  const seen: string[] = [];
  let active = 0;
  let most = 0;
  const endpoint = endpointThat(async (text) => {
    seen.push(text);
    active += 1;
    most = Math.max(most, active);
    await new Promise((resolve) => setImmediate(resolve));
    active -= 1;
    return { kind: "label", label: "positive" };
  });
  await measure(rows(50), endpoint, { task, concurrency: 4 });
  assert.equal(most, 4);
  assert.equal(new Set(seen).size, 50);
  assert.equal(seen.length, 50);
});

test("failures are counted by reason and progress reaches the end", async () => {
  const endpoint = endpointThat(async (text) =>
    text === "t1" ? { kind: "failed", reason: "HTTP 500" } : { kind: "label", label: "positive" },
  );
  const progress: [number, number][] = [];
  const measurement = await measure(rows(3), endpoint, {
    task,
    concurrency: 1,
    onProgress: (done, failed) => progress.push([done, failed]),
  });
  assert.deepEqual([...measurement.failures], [["HTTP 500", 1]]);
  assert.deepEqual(progress, [
    [1, 0],
    [2, 1],
    [3, 1],
  ]);
});

test("texts that the worker refuses do not end the evaluation, however many; errors of the worker do", async () => {
  for (const [reason, ends] of [
    ["HTTP 422", false],
    ["HTTP 429", false],
    ["HTTP 200 without a label", false],
    ["HTTP 503", true],
    ["timeout", true],
  ] as const) {
    const run = measure(
      rows(30),
      endpointThat(async () => ({ kind: "failed", reason })),
      { task, concurrency: 1, hopelessAfter: 20 },
    );
    if (ends) await assert.rejects(run, { code: "worker_failing" }, reason);
    else assert.deepEqual([...(await run).failures], [[reason, 30]]);
  }
});

test("a worker that is gone ends the evaluation after a few texts, and nothing is sent afterwards", async () => {
  let calls = 0;
  const endpoint = endpointThat(async () => {
    calls += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return { kind: "failed", reason: "ECONNREFUSED" };
  });
  const run = measure(rows(1000), endpoint, { task, concurrency: 3, hopelessAfter: 5 });
  await assert.rejects(run, /gave up: 5 texts in a row got no prediction .*ECONNREFUSED/);
  const callsAtTheEnd = calls;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(calls, callsAtTheEnd);
  assert.ok(calls <= 5 + 2);
});

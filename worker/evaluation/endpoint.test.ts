import assert from "node:assert/strict";
import { test } from "node:test";
import { createEndpoint, type Reply, retryAfterMs } from "./endpoint.ts";
import { samplesOf } from "./exposition.ts";
import { startStandinWorker } from "./standin/worker.ts";

test("a worker describes itself and counts its inferences", async (t) => {
  const worker = await startStandinWorker({ labels: ["NEGATIVE", "POSITIVE"], answer: () => "POSITIVE" });
  t.after(worker.stop);
  const endpoint = createEndpoint(worker.url);
  await endpoint.requireReady();
  assert.deepEqual(await endpoint.describe(), {
    kind: "worker",
    model: "standin",
    revision: "r1",
    sha256: null,
    task: "text-classification",
    labels: ["negative", "positive"],
  });
  assert.deepEqual(await endpoint.predict("hi", "text-classification"), { kind: "label", label: "positive" });
  const scrape = (await endpoint.scrape()) ?? assert.fail("no metrics");
  assert.deepEqual(
    ["count", "sum"].map((part) => samplesOf(scrape, `sentiment_inference_seconds_${part}`)[0]?.value),
    [1, 0.002],
  );
});

test("a server without /metadata and /metrics is evaluated without them", async (t) => {
  const worker = await startStandinWorker({ describesItself: false, answer: () => "positive" });
  t.after(worker.stop);
  const endpoint = createEndpoint(worker.url);
  const nothing = {
    kind: "unknown",
    model: null,
    revision: null,
    sha256: null,
    task: "text-classification",
    labels: null,
  };
  assert.deepEqual(await endpoint.describe(), nothing);
  assert.equal(await endpoint.scrape(), null);
});

test("a gateway is known by how it refuses /metadata", async (t) => {
  const notServed = { status: 404, code: "not_found" };
  const gateway = await startStandinWorker({ describesItself: false, notServed, answer: () => "positive" });
  t.after(gateway.stop);
  assert.equal((await createEndpoint(gateway.url).describe()).kind, "gateway");
});

test("nobody at the address is one line with the remedy", async () => {
  const worker = await startStandinWorker({ answer: () => "positive" });
  await worker.stop();
  const endpoint = createEndpoint(worker.url);
  await assert.rejects(endpoint.requireReady(), (error: Error) => {
    assert.match(
      error.message,
      /no worker answers at .* \(ECONNREFUSED\): run `npm start` in another terminal/,
    );
    assert.ok(!error.message.includes("\n"));
    return true;
  });
  assert.deepEqual(await endpoint.predict("hi", "text-classification"), {
    kind: "failed",
    reason: "ECONNREFUSED",
  });
});

test("a worker that loads its model is asked for patience", async (t) => {
  const worker = await startStandinWorker({ ready: false, answer: () => "positive" });
  t.after(worker.stop);
  await assert.rejects(createEndpoint(worker.url).requireReady(), { code: "worker_not_ready" });
});

test("each answer without a label is named by what it was", async (t) => {
  const answers = [
    { status: 500 },
    { status: 307, headers: { location: "/predict" } },
    { body: "<html>" },
    { body: { label: "" } },
    { body: { label: 3 } },
    { body: [] },
  ];
  const worker = await startStandinWorker({ answer: (_, call) => answers[call] ?? "positive" });
  t.after(worker.stop);
  const endpoint = createEndpoint(worker.url);
  const reasons: string[] = [];
  for (const _ of answers) {
    const reply = await endpoint.predict("hi", "text-classification");
    reasons.push(reply.kind === "failed" ? reply.reason : reply.kind);
  }
  const without = "HTTP 200 without a label";
  assert.deepEqual(reasons, ["HTTP 500", "HTTP 307", without, without, without, without]);
});

test("a regression's answer is a number without a label, and nothing else", async (t) => {
  const answers = [{ body: { score: 4.3 } }, { body: { label: "good", score: 1 } }, { body: { score: "4" } }];
  const worker = await startStandinWorker({
    task: "text-regression",
    answer: (_, call) => answers[call] ?? "positive",
  });
  t.after(worker.stop);
  const endpoint = createEndpoint(worker.url);
  assert.equal((await endpoint.describe()).task, "text-regression");
  const replies: Reply[] = [];
  for (const _ of answers) replies.push(await endpoint.predict("hi", "text-regression"));
  const without = { kind: "failed", reason: "HTTP 200 without a number" };
  assert.deepEqual(replies, [{ kind: "number", number: 4.3 }, without, without]);
});

test("Retry-After is read as seconds or as a date, and is a second where it is neither", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfterMs("3", now), 3000);
  assert.equal(retryAfterMs("Thu, 01 Jan 2026 00:00:05 GMT", now), 5000);
  assert.equal(retryAfterMs("Thu, 01 Jan 2025 00:00:05 GMT", now), 0);
  assert.equal(retryAfterMs("soon", now), 1000);
  assert.equal(retryAfterMs(null, now), 1000);
});
